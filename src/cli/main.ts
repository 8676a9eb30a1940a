/** The command line: parses words, and imports what a verb needs only when it is called. Never does any work itself. */
import { cac } from 'cac';
import type { Failure } from '../util/failure.ts';
import { tolerateClosedOutput } from './session/closed-output.ts';
import { showFailure } from './session/messages.ts';
import { asWritten, commandFault, unknownCommand } from './words/command-faults.ts';
import type { Options } from './words/options.ts';
import { cutWordLists } from './words/word-lists.ts';

tolerateClosedOutput();

const words = cutWordLists(process.argv);
const cli = cac('aib');
cli.option('--cache <dir>', 'Keep the store here instead of in .cache (or $AIB_CACHE)');
cli.option('--cache-size <size>', 'Let the store grow to this size (default 20G, or a quarter of a small disk)');
cli.option('--mirror <url-or-dir>', 'Take Alpine from here; remembered in aib.local.conf');
cli.option('--custom <dir...>', 'Lay configs/ and scripts/ of these folders over the others, later ones above');
cli.option('--vars <file...>', 'Lay the settings of these files over everything');
cli.option('--set <key=value>', 'Lay one setting over everything; may come several times');
cli.option('--json', 'For programs: the answer as JSON; of what builds, events, one a line');
cli.option('--quiet', 'Only failures');
cli.option('--verbose', 'Also what was up to date');

cli
  .command('build [...labels]', 'Bring images up to date, and say why anything ran')
  .option('-k, --keep-going', 'After a failure, build all that does not need what failed')
  .option('--fail-fast', 'After a failure, stop what runs')
  .option('-j, --jobs <n>', 'Actions at a time (default: as cores and memory allow)')
  .option('--output <dir>', 'Also copy the images there')
  .option('--explain', 'Say in full why each action runs, as aib why does')
  .option('--expect-cached', 'Fail at the first action that would have to run, and say why')
  .option('--only <key...>', 'Of these, only variants with all of these dimension keys')
  .option('--skip <key...>', 'Of these, no variants with any of these dimension keys')
  .example('aib build //aws/x86_64/uefi/tiny')
  .example("aib build '//aws/...@all' '//nocloud/...@all' -k")
  .action(async (labels: string[], options: Options) =>
    run((await import('./verbs/build.ts')).buildCommand('build', labels, { ...options, ...words.lists })),
  );

cli
  .command('boot [...labels]', 'Boot finished images and wait for the login prompt')
  .option('-k, --keep-going', 'After a failure, go on with the others')
  .example('aib boot //aws/x86_64/uefi/tiny')
  .action(async (labels: string[], options: Options) =>
    run((await import('./verbs/build.ts')).buildCommand('boot', labels, { ...options, ...words.lists })),
  );

cli
  .command('run <label>', 'Boot an image on this terminal; what it writes is thrown away (Ctrl-A X ends)')
  .example('aib run //nocloud/x86_64/uefi/tiny')
  .action(async (label: string, options: Options) =>
    run((await import('./verbs/run.ts')).runCommand(label, { ...options, ...words.lists })),
  );

cli
  .command('ls [...labels]', 'List variants, and what there is of each')
  .option('--only <key...>', 'Only variants with all of these dimension keys')
  .option('--skip <key...>', 'No variants with any of these dimension keys')
  .example('aib ls --only aws 3.20')
  .example("aib ls '//nocloud/...@all' --json")
  .action(async (labels: string[], options: Options) =>
    run((await import('./verbs/ls.ts')).lsCommand(labels, { ...options, ...words.lists })),
  );

cli
  .command('config [...labels]', 'Show what the configuration comes to: a table, or one variant in full')
  .option('--only <key...>', 'Only variants with all of these dimension keys')
  .option('--skip <key...>', 'No variants with any of these dimension keys')
  .option('--yaml', 'The variants as YAML; with --json as JSON')
  .option('--origin', 'Each value with the places that made it')
  .option('--diff', 'What is different in the second of two variants')
  .option('--check', 'Validate all of it, and say everything that is wrong')
  .option('--configs <dir>', 'Read this folder (or top-level file) in place of the built-in and the workspace’s own')
  .option('--releases <file>', 'Take versions, dates and ends of life from a releases.json instead of the lock')
  .example('aib config //aws/x86_64/uefi/tiny --origin')
  .example('aib config --diff //aws/x86_64/uefi/tiny //aws/x86_64/bios/tiny')
  .example('aib config --only aws 3.22 --skip metal --json')
  .action(async (labels: string[], options: Options) =>
    run((await import('./verbs/config.ts')).configCommand(labels, { ...options, ...words.lists })),
  );

cli
  .command('init <dir>', 'Make a small project of your own there: one variant, one script')
  .example('aib init my-images')
  .action(async (dir: string) => run((await import('./verbs/init.ts')).initCommand(dir)));

cli
  .command('query [...expression]', 'Ask the graph: labels, deps(x), rdeps(universe, x), kind(re, x) … (docs/query.md)')
  .option('--output <form>', 'label, kind, json (one object a line), table, maxrank, files, dot, mermaid, svg or html')
  .option('--factored', 'In pictures: nodes that stand alike become one box')
  .option('--by <attribute,...>', 'Factored, but nodes that differ in these stay apart: --by arch,version')
  .option('--state', 'Also find out the state of each node: built, stale, missing, failed or external')
  .example("aib query 'deps(//aws/x86_64/uefi/tiny)'")
  .example("aib query 'attr(state, stale, //...)'")
  .example("aib query 'kind(disk, rdeps(//..., //source/scripts/setup))'")
  .example('aib query \'attr(packages, "^chrony = true") ^ //...@all\' --output table')
  .action(async (expression: string[], options: Options) =>
    run((await import('./verbs/query.ts')).queryCommand(expression, { ...options, ...words.lists })),
  );

cli
  .command(
    'graph [...expression]',
    'Draw the graph: all of it, what labels stand on, or what a query gives (docs/graph.md)',
  )
  .option('--output <form>', 'html (default; zoom, search, facts), svg, dot or mermaid')
  .option('-o, --to <file>', 'Write it there (default: a page goes to .cache/graph.html, the rest is printed)')
  .option('--no-factored', 'Draw every node, instead of one box for those that stand alike')
  .option('--by <attribute,...>', 'Keep apart what differs in these: --by arch,version')
  .example('aib graph')
  .example('aib graph //aws/x86_64/uefi/tiny -o tiny.svg')
  .example("aib graph 'rdeps(//..., //iso/3.20/x86_64)' --by version")
  .action(async (expression: string[], options: Options) =>
    run((await import('./verbs/graph.ts')).graphCommand(expression, { ...options, ...words.lists })),
  );

cli
  .command(
    'why [...labels]',
    'Why a node would be made now, or was made last; with two labels, how one depends on the other',
  )
  .example('aib why //aws/x86_64/uefi/tiny')
  .example('aib why //aws/x86_64/uefi/tiny:disk //iso/3.20/x86_64')
  .action(async (labels: string[], options: Options) =>
    run((await import('./verbs/why.ts')).whyCommand(labels, { ...options, ...words.lists })),
  );

cli
  .command('owner <path>', 'Which node made a file or reads it, or which variants it configures')
  .example('aib owner scripts/setup')
  .action(async (path: string, options: Options) =>
    run((await import('./verbs/owner.ts')).ownerCommand(path, { ...options, ...words.lists })),
  );

cli
  .command('plan [...labels]', 'What a build would do, why, and about how long it would take')
  .option('-j, --jobs <n>', 'Actions at a time (default: as cores and memory allow)')
  .option('--only <key...>', 'Of these, only variants with all of these dimension keys')
  .option('--skip <key...>', 'Of these, no variants with any of these dimension keys')
  .example("aib plan '//aws/...@all'")
  .action(async (labels: string[], options: Options) =>
    run((await import('./verbs/plan.ts')).planCommand(labels, { ...options, ...words.lists })),
  );

cli
  .command('log [...what]', 'List runs; or show a run, a log, critical-path [RUN], diff RUN RUN, trace [RUN]')
  .example('aib log')
  .example('aib log critical-path 7')
  .example('aib log diff 6 7')
  .example('aib log //aws/x86_64/uefi/tiny:disk')
  .action(async (what: string[], options: Options) =>
    run((await import('./verbs/log.ts')).logCommand(what, { ...options, ...words.lists })),
  );

cli
  .command('action <label>', 'Show the exact action of a node')
  .option('--to <dir>', 'Also lay out its input root there, to run it by hand')
  .example('aib action //aws/x86_64/uefi/tiny:disk --to /tmp/replay')
  .action(async (label: string, options: Options) =>
    run((await import('./verbs/action.ts')).actionCommand(label, { ...options, ...words.lists })),
  );

cli
  .command('gc', 'Remove the results that were used longest ago, down to the size that the store may have')
  .option('--dry-run', 'Only say what would go')
  .option('--max-size <size>', 'Go down to this size: 20G, 500M, 0 for the newest results alone')
  .option('--keep-days <days>', 'Keep the newest result of a label for so many days after its last build (default 30)')
  .example('aib gc --dry-run')
  .example('aib gc --max-size 0')
  .action(async (options: Options) => run((await import('./verbs/gc.ts')).gcCommand(options)));

cli
  .command('fsck', 'Look at all that the store holds, and remove what is damaged: the next build makes it again')
  .option('--deep', 'Compute the SHA-256 of every blob, not only the fingerprint of large ones')
  .option('--dry-run', 'Only say what is wrong')
  .example('aib fsck --deep')
  .action(async (options: Options) => run((await import('./verbs/fsck.ts')).fsckCommand(options)));

cli
  .command('du', 'Show what the store holds, by kind and by label, and how much could be collected')
  .example('aib du --json')
  .action(async (options: Options) => run((await import('./verbs/du.ts')).duCommand(options)));

cli
  .command('update', 'Lock the releases, ISO and package indexes that the mirror serves today')
  .action(async (options: Options) =>
    run((await import('./verbs/update.ts')).updateCommand({ ...options, ...words.lists })),
  );

cli
  .command('mirror <action> <dir>', 'Make the sample mirror: aib mirror sample DIR')
  .option('--userland <file>', 'An Alpine minirootfs: its own apk, busybox and musl (or $AIB_USERLAND)')
  .example('aib mirror sample /tmp/sample')
  .action(async (action: string, dir: string, options: Options) =>
    run((await import('./verbs/mirror.ts')).mirrorCommand(action, dir, options)),
  );

cli
  .command('quickstart', 'Build and boot a first image, on the sample mirror if Alpine cannot be reached')
  .action(async (options: Options) =>
    run((await import('./verbs/quickstart.ts')).quickstartCommand({ ...options, ...words.lists })),
  );

cli
  .command('doctor', 'Check this machine, and name the remedy for what it lacks')
  .action(async (options: Options) => run((await import('./verbs/doctor.ts')).doctorCommand(options)));

cli.help(sections => {
  const { matchedCommand } = cli;
  return sections
    .flatMap(section =>
      section.title === 'Usage' && matchedCommand !== undefined
        ? [{ body: matchedCommand.description }, section]
        : [section],
    )
    .flatMap(({ title, body }) => {
      // cac would repeat the same advice for every command.
      if (title?.startsWith('For more info') === true)
        return [{ body: 'aib COMMAND --help says more of each; docs/cli.md most.' }];
      const shown = title === 'Examples' ? body.replaceAll(/^/gm, '  $ ') : body;
      // cac shows that what a --no-… option turns off is on as that option's own default.
      return [{ ...(title === undefined ? {} : { title }), body: shown.replaceAll(/ +(\(default: true\))?$/gm, '') }];
    });
});
cli.version('0.1.0');

cli.parse([...words.argv], { run: false });
const command = cli.matchedCommand;
const [first] = cli.args;
if (words.missing !== undefined) {
  fault({ code: 'AIB_USAGE', what: `${words.missing} needs a value` });
} else if (command !== undefined) {
  const parsed = { args: cli.args, options: cli.options, lists: Object.keys(words.lists) };
  const found = commandFault(command, parsed, cli.globalCommand.options);
  cli.options = asWritten(cli.options, words.argv);
  if (found === undefined) await cli.runMatchedCommand();
  else fault(found);
} else if (first !== undefined) {
  fault(unknownCommand(first, cli.commands));
} else if (!cli.options.help && !cli.options.version) {
  cli.outputHelp();
  process.exitCode = 2;
}

async function run(work: Promise<number>): Promise<void> {
  process.exitCode = await work;
}

function fault(failure: Failure): void {
  process.exitCode = showFailure(failure);
}
