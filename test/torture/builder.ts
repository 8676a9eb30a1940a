/** A building process for tests that kill it: `node builder.ts JSON` builds once and says each event, then its outcome, as a line of JSON. */
import { type BuildOptions, buildOnce } from './rig.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as BuildOptions;
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
const outcome = await buildOnce(options, event => say({ event }));
say({ outcome });
