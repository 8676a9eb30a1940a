/** The command line: parses words, and imports the code of a verb only when it is called. Does no work itself. */
import { cac } from 'cac';
import { AIB_VERSION } from '../util/aib-version.ts';
import type { Failure } from '../util/failure.ts';
import { tolerateClosedOutput } from './session/closed-output.ts';
import { commandFault, switchesOf, unknownCommand } from './words/command-faults.ts';
import { GLOBAL_OPTIONS, OPTIONS, type OptionName, type Options } from './words/options.ts';
import { readOptions } from './words/read-options.ts';
import { VERBS, type Verb, type VerbRow } from './words/verb-table.ts';

/** Returns the exit code. */
type Run = (words: readonly string[], options: Options) => Promise<number>;

const RUN: Readonly<Record<Verb, Run>> = {
  build: async (words, options) => (await import('./verbs/build.ts')).buildCommand('build', words, options),
  boot: async (words, options) => (await import('./verbs/build.ts')).buildCommand('boot', words, options),
  publish: async (words, options) => (await import('./verbs/publish.ts')).publishCommand(words, options),
  state: async (words, options) => (await import('./verbs/state.ts')).stateCommand(words, options),
  rollback: async (words, options) => (await import('./verbs/rollback.ts')).rollbackCommand(words, options),
  prune: async (_, options) => (await import('./verbs/prune.ts')).pruneCommand(options),
  run: async ([label = ''], options) => (await import('./verbs/run.ts')).runCommand(label, options),
  ls: async (words, options) => (await import('./verbs/ls.ts')).lsCommand(words, options),
  config: async (words, options) => (await import('./verbs/config.ts')).configCommand(words, options),
  init: async ([folder = '']) => (await import('./verbs/init.ts')).initCommand(folder),
  query: async (words, options) => (await import('./verbs/query.ts')).queryCommand(words, options),
  graph: async (words, options) => (await import('./verbs/graph.ts')).graphCommand(words, options),
  why: async (words, options) => (await import('./verbs/why.ts')).whyCommand(words, options),
  owner: async ([path = ''], options) => (await import('./verbs/owner.ts')).ownerCommand(path, options),
  plan: async (words, options) => (await import('./verbs/plan.ts')).planCommand(words, options),
  log: async (words, options) => (await import('./verbs/log.ts')).logCommand(words, options),
  action: async ([label = ''], options) => (await import('./verbs/action.ts')).actionCommand(label, options),
  sbom: async (words, options) => (await import('./verbs/sbom.ts')).sbomCommand(words, options),
  diff: async (words, options) => (await import('./verbs/diff.ts')).diffCommand(words, options),
  size: async (words, options) => (await import('./verbs/size.ts')).sizeCommand(words, options),
  key: async ([action = '', ...files], options) => (await import('./verbs/key.ts')).keyCommand(action, files, options),
  attest: async ([action = '', ...records], options) =>
    (await import('./verbs/attest.ts')).attestCommand(action, records, options),
  verify: async (words, options) => (await import('./verbs/verify.ts')).verifyCommand(words, options),
  gc: async (_, options) => (await import('./verbs/gc.ts')).gcCommand(options),
  fsck: async (_, options) => (await import('./verbs/fsck.ts')).fsckCommand(options),
  du: async (_, options) => (await import('./verbs/du.ts')).duCommand(options),
  update: async (words, options) => (await import('./verbs/update.ts')).updateCommand(words, options),
  security: async (words, options) => (await import('./verbs/security.ts')).securityCommand(words, options),
  mirror: async ([action = '', ...places], options) =>
    (await import('./verbs/mirror.ts')).mirrorCommand(action, places, options),
  quickstart: async (_, options) => (await import('./verbs/quickstart.ts')).quickstartCommand(options),
  explain: async ([code = ''], options) => (await import('./verbs/explain.ts')).explainCommand(code, options),
  completion: async ([shell = '']) => (await import('./verbs/completion.ts')).completionCommand(shell),
  doctor: async (words, options) => (await import('./verbs/doctor.ts')).doctorCommand(words.join(' '), options),
};

tolerateClosedOutput();

// Words that are not finished are no command line yet.
if (process.argv[2] === 'completion' && process.argv[3] === 'words') {
  (await import('./verbs/completion.ts')).completeWords(process.argv.slice(5));
  process.exit();
}

const read = readOptions(asOption(process.argv));
const cli = commandLine();
cli.parse([...read.argv], { run: false });
const verb = cli.matchedCommandName as Verb | undefined;
const [first] = cli.args;
if (cli.options.help === true || cli.options.version === true) {
  // cac has printed it.
} else if (verb !== undefined) {
  const switches = switchesOf(cli.options, verb);
  const found = commandFault(verb, { words: cli.args, switches, read });
  if (found === undefined) process.exitCode = await RUN[verb](cli.args, { ...switches, ...read.values });
  else await fault(found);
} else if (first !== undefined) {
  await fault(unknownCommand(first));
} else {
  cli.outputHelp();
  process.exitCode = 2;
}

/** `aib help build` is `aib build --help`. */
function asOption(argv: readonly string[]): readonly string[] {
  return argv[2] === 'help' ? [...argv.toSpliced(2, 1), '--help'] : argv;
}

/** The table of failures is loaded only after a failure: `aib --help` is faster without it. */
async function fault(failure: Failure): Promise<void> {
  const { showFailure } = await import('./session/messages.ts');
  process.exitCode = showFailure(failure);
}

/** Passes the tables of verbs and options to cac. */
function commandLine() {
  const made = cac('aib');
  for (const name of GLOBAL_OPTIONS) made.option(OPTIONS[name].flag, OPTIONS[name].words);
  for (const [name, row] of Object.entries<VerbRow>(VERBS)) {
    const command = made.command(`${name} ${row.takes}`.trim(), row.words);
    // The list of all verbs shows no options, and each option costs time in cac.
    if (!read.argv.includes(name)) continue;
    for (const option of row.options)
      command.option(flagOf(option, row), row.means?.[option]?.words ?? OPTIONS[option].words);
    for (const example of row.examples) command.example(example);
  }
  made.help(sections => helpSections(sections, made.matchedCommand?.description));
  made.version(AIB_VERSION);
  return made;
}

function flagOf(option: OptionName, { means }: VerbRow): string {
  return means?.[option]?.flag ?? OPTIONS[option].flag;
}

interface Section {
  title?: string;
  body: string;
}

function helpSections(sections: readonly Section[], description: string | undefined): Section[] {
  const [usage, ...rest] = sections.filter(({ title }) => title === 'Usage');
  const about = description === undefined || usage === undefined || rest.length > 0 ? [] : [{ body: description }];
  return sections.flatMap(section => {
    const { title, body } = section;
    // cac would repeat the same advice for every command.
    if (title?.startsWith('For more info') === true)
      return [{ body: 'Run aib COMMAND --help for the options of a command; see docs/cli.md for details.' }];
    const shown = title === 'Examples' ? body.replaceAll(/^/gm, '  $ ') : body;
    // cac prints (default: true) after a --no-… option, which would be misread as a default of that option.
    const tidy = { ...section, body: shown.replaceAll(/ +(\(default: true\))?$/gm, '') };
    return section === usage ? [...about, tidy] : [tidy];
  });
}
