/** The command line: parses words, and imports what a verb needs only when it is called. Never does any work itself. */
import { cac } from 'cac';
import { tolerateClosedOutput } from './closed-output.ts';

tolerateClosedOutput();

const cli = cac('aib');
cli.option('--cache <dir>', 'Keep the store here instead of in .cache (or $AIB_CACHE)');
cli.option('--mirror <url-or-dir>', 'Take Alpine from here; remembered in aib.local.conf');
cli.option('--json', 'Events as JSON, one a line');
cli.option('--quiet', 'Only failures');
cli.option('--verbose', 'Also what was up to date');

cli
  .command('build [...labels]', 'Bring images up to date, and say why anything ran')
  .option('-k, --keep-going', 'After a failure, build all that does not need what failed')
  .option('--fail-fast', 'After a failure, stop what runs')
  .option('-j, --jobs <n>', 'Actions at a time (default: as cores and memory allow)')
  .option('--output <dir>', 'Also copy the images there')
  .example('aib build //aws/x86_64/uefi/tiny')
  .example("aib build '//aws/...@all' '//nocloud/...@all' -k")
  .action(async (labels: string[], options: Options) =>
    run((await import('./build.ts')).buildCommand('build', labels, options)),
  );

cli
  .command('boot [...labels]', 'Boot finished images and wait for the login prompt')
  .option('-k, --keep-going', 'After a failure, go on with the others')
  .example('aib boot //aws/x86_64/uefi/tiny')
  .action(async (labels: string[], options: Options) =>
    run((await import('./build.ts')).buildCommand('boot', labels, options)),
  );

cli
  .command('run <label>', 'Boot an image on this terminal; what it writes is thrown away (Ctrl-A X ends)')
  .example('aib run //nocloud/x86_64/uefi/tiny')
  .action(async (label: string, options: Options) => run((await import('./run.ts')).runCommand(label, options)));

cli
  .command('ls [...labels]', 'List variants')
  .action(async (labels: string[], options: Options) => run((await import('./ls.ts')).lsCommand(labels, options)));

cli
  .command('log [label]', "Show the newest log of a node, a failed one's too")
  .example('aib log //aws/x86_64/uefi/tiny:disk')
  .action(async (label: string | undefined, options: Options) =>
    run((await import('./log.ts')).logCommand(label, options)),
  );

cli
  .command('action <label>', 'Show the exact action of a node')
  .option('--to <dir>', 'Also lay out its input root there, to run it by hand')
  .example('aib action //aws/x86_64/uefi/tiny:disk --to /tmp/replay')
  .action(async (label: string, options: Options) => run((await import('./action.ts')).actionCommand(label, options)));

cli
  .command('update', 'Lock the releases, ISO and package indexes that the mirror serves today')
  .action(async (options: Options) => run((await import('./update.ts')).updateCommand(options)));

cli
  .command('mirror <action> <dir>', 'Make the sample mirror: aib mirror sample DIR')
  .option('--userland <file>', 'An Alpine minirootfs: its own apk, busybox and musl (or $AIB_USERLAND)')
  .example('aib mirror sample /tmp/sample')
  .action(async (action: string, dir: string, options: Options) =>
    run((await import('./mirror.ts')).mirrorCommand(action, dir, options)),
  );

cli
  .command('quickstart', 'Build and boot a first image, on the sample mirror if Alpine cannot be reached')
  .action(async (options: Options) => run((await import('./quickstart.ts')).quickstartCommand(options)));

cli
  .command('doctor', 'Check this machine, and name the remedy for what it lacks')
  .action(async (options: Options) => run((await import('./doctor-command.ts')).doctorCommand(options)));

// cac would repeat the same advice for every command.
cli.help(sections => sections.filter(({ title }) => title === undefined || !title.startsWith('For more info')));
cli.version('0.1.0');

export interface Options {
  readonly cache?: string;
  readonly mirror?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly keepGoing?: boolean;
  readonly failFast?: boolean;
  readonly jobs?: number | string;
  readonly output?: string;
  readonly userland?: string;
  readonly to?: string;
}

try {
  cli.parse(process.argv, { run: false });
  if (cli.matchedCommand !== undefined) {
    await cli.runMatchedCommand();
  } else if (cli.args.length > 0) {
    usage(`there is no command ${cli.args[0]}`);
  } else if (!cli.options.help && !cli.options.version) {
    cli.outputHelp();
    process.exitCode = 2;
  }
} catch (error) {
  if (error instanceof Error && error.name === 'CACError') usage(error.message);
  else throw error;
}

async function run(work: Promise<number>): Promise<void> {
  process.exitCode = await work;
}

function usage(message: string): void {
  process.stderr.write(`aib: ${message}; aib --help lists commands, aib COMMAND --help their options\n`);
  process.exitCode = 2;
}
