/** A process that publishes, for tests that kill it: `node publisher.ts JSON`. Output for the user goes to stderr. */
import { interruption, tellAtExit } from '../../src/cli/session/interruption.ts';
import { makeReporter } from '../../src/report/progress/reporter.ts';
import { type PublishOptions, publish } from './publish.ts';

const options = JSON.parse(process.argv[2] ?? '') as PublishOptions;
const signal = interruption();
const reporter = makeReporter({
  ...{ mode: 'plain', out: process.stderr, verbose: true, now: Date.now },
  logFolder: options.folder,
});
const closed = tellAtExit(reporter);
const published = await publish(options, signal, event => reporter.emit(event));
closed();
process.stdout.write(`${JSON.stringify(published)}\n`);
