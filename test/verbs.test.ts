/**
 * Every verb as a command, in a small project that cannot be built: its output and its exit status, with an empty store, with a filled
 * store, and with invalid words. A test below fails for a verb without a line here.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERBS } from '../src/cli/words/verb-table.ts';
import { FAILURE_EXAMPLES } from '../src/util/failure-examples.ts';
import { aibHome } from '../src/util/files/home.ts';
import { shellWord } from '../src/util/process/shell-word.ts';
import { makeExampleProject } from './example-project.ts';
import { runAib } from './run-aib.ts';

const LABEL = '//aws/x86_64/uefi/tiny';
const OTHER = '//nocloud/x86_64/uefi/tiny';
/** Placeholders for folders of the test in the words of a command. */
const EMPTY = '{empty}';
const NEW = '{new}';

interface Line {
  readonly words: string;
  readonly code: number;
  /** Matches standard output. */
  readonly out?: RegExp;
  /** Matches standard error. */
  readonly said?: RegExp;
}

/** The lock of the project has no ISO that can be fetched. */
const NOT_LOCKED = { code: 1, said: /no signature of the ISO.*AIB_NOT_LOCKED[\s\S]*try {3}run aib update/ };
const WANTS_MORE = { code: 2, said: /AIB_USAGE|for example: aib / };
/** The SDK is not configured. */
const NO_AWS = { code: 1, said: /AIB_PROVIDER/ };

const LINES: readonly Line[] = [
  { words: 'build', ...WANTS_MORE },
  { words: `build ${LABEL}`, ...NOT_LOCKED },
  { words: `build ${LABEL} --offline -kj2`, ...NOT_LOCKED },
  { words: `build ${LABEL} --expect-cached`, ...NOT_LOCKED },
  { words: 'build //nowhere/...', code: 2, said: /AIB_NO_SUCH_LABEL/ },
  { words: `build ${LABEL} --jobs none`, code: 2, said: /--jobs must be a whole number/ },
  { words: 'build --jobs', code: 2, said: /--jobs requires a value/ },
  { words: `build ${LABEL}:overlay`, code: 0, said: /done: \d actions? run|up to date/ },
  { words: `build ${LABEL}:overlay --json`, code: 0, out: /^\{/ },
  { words: `build ${LABEL}:overlay --quiet`, code: 0 },
  {
    words: `build ${LABEL}:overlay --remote-required --no-remote-cache --only aws`,
    code: 2,
    said: /no remote cache to use/,
  },
  {
    words: `build ${LABEL}:overlay --remote-cache http://127.0.0.1:8 --remote-required --only aws`,
    code: 1,
    said: /AIB_REMOTE_CACHE/,
  },
  {
    words: `build ${LABEL}:overlay --remote-cache s3://bucket --only aws`,
    code: 2,
    said: /Invalid address of a remote cache/,
  },
  {
    words: `build ${LABEL}:overlay --remote-cache http://me:secret@host --only aws`,
    code: 2,
    said: /AIB_PASSWORD_IN_ADDRESS/,
  },
  { words: `build ${LABEL}:overlay --remote-cache http://127.0.0.1:8 --only aws`, code: 0 },
  { words: 'boot', ...WANTS_MORE },
  { words: `boot ${LABEL}`, ...NOT_LOCKED },
  { words: 'run', ...WANTS_MORE },
  { words: `run ${LABEL}`, ...NOT_LOCKED },
  { words: 'run //aws/...', code: 2, said: /matches more than one image/ },
  { words: 'publish', ...WANTS_MORE },
  { words: `publish ${LABEL}`, ...NO_AWS },
  { words: 'state', ...WANTS_MORE },
  { words: `state ${LABEL}`, ...NO_AWS },
  { words: 'rollback', ...WANTS_MORE },
  { words: `rollback ${LABEL} --dry-run`, ...NO_AWS },
  { words: 'prune --dry-run', ...NO_AWS },
  { words: 'prune --keep 0', code: 2, said: /--keep must be a whole number from 1/ },
  { words: 'ls', code: 0, out: /^label .*\n(\/\/.*\n){6}$/ },
  { words: 'ls --json', code: 0, out: /^\{"label":/ },
  { words: 'ls --only aws 3.20', code: 0, out: /^label .*\n(\/\/aws.*@3\.20 .*\n){2}$/ },
  { words: 'ls --only nothing', code: 2, said: /nothing/ },
  { words: 'config', code: 0, out: /^label .*\n(\/\/.*\n){6}/ },
  { words: `config ${LABEL} --origin`, code: 0, out: /configs\/images\.conf:\d+:\d+/ },
  { words: `config ${LABEL} --yaml`, code: 0, out: /^- version: "3\.20"/ },
  { words: `config --diff ${LABEL} ${OTHER}`, code: 0, out: /^- cloud = "aws"$/m },
  { words: 'config --check', code: 0, out: /the configuration has no faults/ },
  { words: `config ${LABEL} --set disk_size=absurd`, code: 2, said: /disk_size/ },
  { words: 'init', ...WANTS_MORE },
  { words: `init ${NEW}`, code: 0, out: /^next {2}cd /m },
  { words: `init ${NEW}`, code: 2, said: /AIB_CONFIG_EXISTS/ },
  { words: 'query', code: 2, said: /AIB_QUERY_SYNTAX/ },
  { words: `query deps(${LABEL})`, code: 0, out: /^\/\/iso\/3\.20\/x86_64$/m },
  { words: `query kind(disk,//...) --output table`, code: 0, out: /^label / },
  { words: 'query nope(', code: 2, said: /Unknown function: nope/ },
  { words: 'graph', code: 0, out: /graph\.html$/m },
  { words: `graph ${LABEL} --output dot`, code: 0, out: /^digraph/ },
  { words: 'why', ...WANTS_MORE },
  { words: `why ${LABEL}`, code: 0, out: /cannot be made because/ },
  { words: `why ${LABEL}:disk //iso/3.20/x86_64`, code: 0, out: /reads kernel, initramfs/ },
  { words: 'owner', ...WANTS_MORE },
  { words: 'owner scripts/setup', code: 0, out: /reads it/ },
  { words: 'owner /etc/passwd', code: 1, said: /AIB_NO_OWNER/ },
  { words: 'plan', ...WANTS_MORE },
  { words: 'plan //...', code: 0, out: /^broken +\/\/iso\/3\.20\/x86_64/m },
  { words: `plan ${LABEL} --json`, code: 0, out: /^\{"nodes":/ },
  { words: 'plan --since', code: 2, said: /--since requires a value/ },
  { words: 'plan --since nosuch', code: 2, said: /AIB_REVISION/ },
  { words: 'log --html one two', code: 2, said: /AIB_USAGE/ },
  { words: 'log', code: 0, out: /^run +when/ },
  { words: 'log 1', code: 0, out: /run 1/ },
  { words: 'log 999', code: 1, said: /AIB_NO_RUN/ },
  { words: 'log diff 1 2', code: 0, out: /^run 1/ },
  { words: 'log critical-path', code: 0, out: /steps?, .* of / },
  { words: 'log trace', code: 0, out: /trace\.json$/m },
  { words: `log ${LABEL}:disk`, code: 1, said: /AIB_NO_LOG/ },
  { words: 'action', ...WANTS_MORE },
  { words: `action ${LABEL}:overlay`, code: 0, out: /overlay/ },
  { words: 'sbom', ...WANTS_MORE },
  { words: `sbom ${LABEL}`, ...NOT_LOCKED },
  { words: 'diff', ...WANTS_MORE },
  { words: 'diff here there', code: 2, said: /Image not found[\s\S]*here/ },
  { words: 'diff aib.lock aib.lock', code: 0 },
  { words: 'size', ...WANTS_MORE },
  { words: 'size nothing', code: 2, said: /nothing/ },
  { words: `size ${LABEL}`, ...NOT_LOCKED },
  { words: 'security --offline', code: 1, said: /AIB_/ },
  { words: 'verify', ...WANTS_MORE },
  { words: 'verify --against nothing', code: 1, said: /AIB_RECORD/ },
  { words: `verify ${LABEL}`, code: 1, said: /AIB_NOT_LOCKED/ },
  { words: `verify ${LABEL} --vary nothing`, code: 2, said: /Unknown variation/ },
  { words: 'attest', ...WANTS_MORE },
  { words: 'attest verify nothing', code: 2, said: /At least one trusted key is required/ },
  { words: 'key', ...WANTS_MORE },
  { words: 'key make', code: 2, said: /aib key requires new and one file/ },
  { words: 'key new ci.key', code: 0 },
  { words: 'key show ci.key.pub', code: 0, out: /[0-9a-f]{64}/ },
  { words: 'key new ci.key', code: 1, said: /AIB_/ },
  { words: `quickstart --mirror ${EMPTY}`, code: 1, said: /AIB_/ },
  { words: `update --mirror ${EMPTY}`, code: 1, said: /AIB_/ },
  { words: `update nothing --mirror ${EMPTY}`, code: 1, said: /No image uses a package nothing/ },
  { words: 'mirror', ...WANTS_MORE },
  { words: 'mirror use', code: 2, said: /aib mirror use URL-or-DIR/ },
  { words: `mirror use ${EMPTY}`, code: 0, said: /written to .*aib\.local\.conf/ },
  { words: 'mirror show', code: 2, said: /Unknown action of aib mirror: show/ },
  { words: 'completion', ...WANTS_MORE },
  { words: 'completion bash', code: 0, out: /^complete -F _aib aib/m },
  { words: 'completion tcsh', code: 2, said: /Unknown shell: tcsh[\s\S]*bash, zsh, fish/ },
  { words: `completion words -- why ${LABEL}:di`, code: 0, out: /^\/\/aws\/x86_64\/uefi\/tiny:disk\n$/ },
  { words: 'explain', ...WANTS_MORE },
  {
    words: 'explain AIB_NO_RUN',
    code: 0,
    out: /^AIB_NO_RUN\n {2}means .*\n {2}example .*\n {2}try .*\n {2}exit {5}1\n$/,
  },
  { words: 'explain no-run --json', code: 0, out: /^\{"code":"AIB_NO_RUN"/ },
  { words: 'explain AIB_NO_RUNS', code: 2, said: /did you mean AIB_NO_RUN/ },
  { words: 'doctor', code: 0, out: /^ok +node / },
  { words: `doctor --mirror ${EMPTY}`, code: 1, out: /^fails +package index/m },
  { words: 'doctor aws', ...NO_AWS },
  { words: 'doctor remote', code: 2, said: /No remote cache is configured/ },
  {
    words: `doctor remote --remote-cache ${EMPTY}`,
    code: 0,
    out: /^ok +answers [\s\S]*^ok +takes results [\s\S]*^ok +gives them back .*MiB\/s$/m,
  },
  { words: 'doctor remote --remote-cache http://127.0.0.1:8/', code: 1, out: /^fails +answers/m },
  { words: 'doctor aws --policy', code: 0, out: /"Version": "2012-10-17"/ },
  { words: 'doctor nothing', code: 2, said: /aib doctor, aib doctor aws or aib doctor remote/ },
  { words: 'du', code: 0, out: /^kind / },
  { words: 'fsck', code: 0, out: /no faults/ },
  { words: 'gc --dry-run', code: 0, out: /the store uses/ },
  { words: 'gc', code: 0, out: /^kept /m },
];

const folder = mkdtempSync(join(tmpdir(), 'aib-verbs-'));
let project = '';
beforeAll(() => {
  project = makeExampleProject();
  mkdirSync(join(folder, 'empty'));
});
afterAll(() => {
  for (const each of [folder, project]) rmSync(each, { recursive: true, force: true });
});

async function run(words: string) {
  const filled = words.replaceAll(EMPTY, join(folder, 'empty')).replaceAll(NEW, join(folder, 'a new one'));
  // Only the folders may contain spaces.
  const argv = words
    .split(' ')
    .map(word => (word === NEW ? join(folder, 'a new one') : word.replaceAll(EMPTY, join(folder, 'empty'))));
  return {
    filled,
    ...(await runAib(project, argv, {
      AWS_REGION: undefined,
      AWS_CONFIG_FILE: '/nowhere',
      AWS_EC2_METADATA_DISABLED: 'true',
    })),
  };
}

describe.each(Object.keys(VERBS))('aib %s', verb => {
  const own = LINES.filter(({ words }) => words.split(' ')[0] === verb);

  it('is tried at all', () => {
    expect(own.length).toBeGreaterThan(0);
  });

  it.each(own)('$words: ends with $code', async ({ words, code, out, said }) => {
    const { stdout, stderr, filled, ...ended } = await run(words);
    const all = `aib ${filled}\n${stdout}\n${stderr}`;
    expect(ended.code, all).toBe(code);
    if (out !== undefined) expect(stdout, all).toMatch(out);
    if (said !== undefined) expect(stderr, all).toMatch(said);
    // Errors go to standard error only.
    if (code === 2) expect(stdout, all).toBe('');
    expect(all).not.toMatch(/^ +at .*\.(ts|mjs|cjs):\d+|Node\.js v\d/m);
  });

  it('says what it takes', async () => {
    const { code, stdout, stderr } = await run(`${verb} --help`);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`aib ${verb}`);
    expect(await run(`help ${verb}`)).toMatchObject({ code: 0, stdout, stderr: '' });
    expect(await run(`${verb} --no-such-option x`)).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('the example of', () => {
  /** The examples that consist of one complete command without preparation. */
  const commands = Object.entries(FAILURE_EXAMPLES).flatMap(([code, example]) => {
    const command =
      /^`(aib [^`…]+)`(?:, [^`]*in the wrong order|, without its last parenthesis|, with one slash)?$/.exec(
        example,
      )?.[1];
    return command === undefined ? [] : [[code, command] as const];
  });

  it.each(commands)('%s comes to it: %s', async (code, command) => {
    const ended = spawnSync('sh', ['-c', command.replace(/^aib/, shellWord(join(aibHome(), 'aib')))], {
      cwd: project,
      encoding: 'utf8',
    });
    expect(`${ended.stdout}${ended.stderr}`).toContain(`[${code}]`);
  });
});

it('without a verb, says which there are', async () => {
  const { code, stdout } = await run('--help');
  expect(code).toBe(0);
  for (const verb of Object.keys(VERBS)) expect(stdout).toMatch(new RegExp(`^ +${verb}\\b`, 'm'));
  expect(await run('help')).toMatchObject({ code: 0, stdout });
  expect(await run('bild')).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean build?') });
});
