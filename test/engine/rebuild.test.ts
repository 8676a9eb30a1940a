/**
 * Nodes that are built again: if an output depends on the time, the environment or the machine, that is detected; other nodes are not
 * reported.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describe as describeNode } from '../../src/engine/build/decide.ts';
import type { Output } from '../../src/engine/model/action.ts';
import { localRunner } from '../../src/engine/run/local-runner.ts';
import { verdictLines, verdictSummary } from '../../src/report/tables/verdict-lines.ts';
import { findOnPath } from '../../src/util/process/on-path.ts';
import { type Allowed, readAllowed } from '../../src/verify/rebuild/allowed.ts';
import { folderInOrder } from '../../src/verify/rebuild/another-host.ts';
import { rebuildFromSources } from '../../src/verify/rebuild/from-sources.ts';
import { type NodeVerdict, type Rebuilding, rebuild } from '../../src/verify/rebuild/rebuild.ts';
import { RUNS, runsOf } from '../../src/verify/rebuild/variations.ts';
import { edge, label, makeRig, type Rig, shell } from './rig.ts';

interface Wanted {
  readonly outputs?: Readonly<Record<string, Output>>;
  readonly names?: readonly string[];
  readonly rounds?: number;
  readonly minimise?: boolean;
  readonly allowed?: readonly Allowed[];
}

async function verdictOf(script: string, wanted: Wanted = {}) {
  const { outputs, names = RUNS, rounds = 1, minimise = false, allowed = [] } = wanted;
  const rig = makeRig();
  const node = shell('made', script, {}, outputs === undefined ? {} : { outputs });
  const built = await rig.build([node], ['made']);
  expect([...built.failures.values()]).toEqual([]);
  if (node.type !== 'action') throw new Error('a command is an action');
  const described = describeNode(node, {});
  if (!described.ok) throw new Error('a command needs no inputs');
  const { action, encoded } = described.value;
  const rebuilding = { ...rebuildingIn(rig, names, { rounds, minimise }), allowed };
  const verdict = await rebuild(
    {
      label: label('made'),
      kind: 'command',
      action,
      key: encoded.key,
      outputs: built.outputs.get(label('made')) ?? {},
    },
    rebuilding,
  );
  return { verdict, runs: rebuilding.runs };
}

function rebuildingIn(rig: Rig, names: readonly string[], { rounds = 1, minimise = false } = {}): Rebuilding {
  const inOrder = folderInOrder();
  const orderedPlace = inOrder === undefined ? {} : { orderedPlace: mkdtempSync(join(inOrder, 'aib-verify-')) };
  onTestFinished(() => rmSync(orderedPlace.orderedPlace ?? '', { recursive: true, force: true }));
  return {
    runners: { command: localRunner(rig.store) },
    runs: runsOf(names, rounds, { place: join(rig.folder, 'verify'), ...orderedPlace }),
    minimise,
    allowed: [],
    grants: {},
    pathOf: artifact => rig.store.blobs.path(artifact.digest),
    signal: new AbortController().signal,
    now: () => performance.now(),
  };
}

/** Runs in which it differed or failed. */
function guilty({ runs }: NodeVerdict): readonly string[] {
  return runs.filter(({ outcome }) => outcome !== 'same').map(({ run }) => run);
}

describe('what a command takes from elsewhere', () => {
  it.each([
    ['chance', 'head -c 8 /dev/urandom | od -An -tx1 >out', ['time', 'environment', 'machine']],
    ['the moment', 'date +%s%N >out', ['time', 'environment', 'machine']],
    ['its process', 'echo $$ >out', ['time', 'environment', 'machine']],
    ['its time zone', 'date -d @0 +%H:%M >out', ['environment']],
    ['its locale', 'echo "$LC_ALL" >out', ['environment']],
    ['its umask', 'umask >out', ['environment']],
    ['rights that follow from the umask', 'echo x >file; stat -c %a file >out', ['environment']],
    ['the name of its folder', 'dirname "$PWD" >out', ['environment']],
    ['processors', 'echo "$AIB_WORKER_CPU" >out', ['machine']],
    ['memory', 'echo "$AIB_WORKER_MEMORY" >out', ['machine']],
    ['how disks are cached', 'echo "$AIB_WORKER_DISK_CACHE" >out', ['machine']],
    ['a variable that nobody asked for', 'env | grep ^HOME= >out || true; echo x >>out', ['environment']],
    ['the clock of its machine', 'echo "$AIB_WORKER_CLOCK_OFFSET" >out', ['time']],
  ])('is found: %s', async (_, script, expected) => {
    const { verdict } = await verdictOf(script);
    expect([verdict.outcome, guilty(verdict)]).toEqual(['different', expected]);
  });

  it.skipIf(findOnPath('faketime') === undefined)('is found: the date [needs faketime]', async () => {
    const { verdict } = await verdictOf('date +%Y >out');
    expect(guilty(verdict)).toEqual(['time']);
  });

  it('is found in an output that is not the first, with both sides kept and its lines', async () => {
    const outputs = { a: { type: 'file', path: 'a' }, b: { type: 'file', path: 'b' } } as const;
    const { verdict, runs } = await verdictOf('echo same >a; { echo first; date -d @0 +%H:%M; } >b', { outputs });
    const [difference] = verdict.runs.flatMap(({ differences }) => differences);
    expect(difference).toMatchObject({ output: 'b', explanation: { type: 'text', lines: ['-00:00', '+05:30'] } });
    expect(difference?.paths.map(path => readFileSync(path, 'utf8'))).toEqual(['first\n00:00\n', 'first\n05:30\n']);
    const lines = verdictLines(verdict);
    expect(lines[0]).toMatch(/^command \/\/made: different \(time .*, environment .*, machine .*\)$/);
    expect(lines.slice(1, 4)).toEqual(['  environment: b differs', '    -00:00', '    +05:30']);
    expect(verdictSummary([verdict], runs)[0]).toBe('0 of 1 node bit-identical');
  });

  it('is found in the list of a folder, and in a right to be executed', async () => {
    const folder = await verdictOf('mkdir out; touch "out/$AIB_WORKER_CPU"', {
      outputs: { out: { type: 'directory', path: 'out' } },
    });
    expect(guilty(folder.verdict)).toEqual(['machine']);
    const right = await verdictOf('echo x >out; [ "$TZ" = UTC ] || chmod +x out');
    expect(guilty(right.verdict)).toEqual(['environment']);
    expect(right.verdict.runs[1]?.differences[0]?.explanation).toEqual({ type: 'form' });
  });

  it('is found in an archive, with the name of the file', async () => {
    const pack = 'tar --sort=name --mtime=@0 --owner=0 --group=0 --mode=755 -cf out folder';
    const { verdict } = await verdictOf(`mkdir folder; echo "$TZ" >folder/zone; echo x >folder/same; ${pack}`);
    expect(guilty(verdict)).toEqual(['environment']);
    const lines = verdictLines(verdict).map(line => line.trim());
    expect(lines).toContain('disk, tar: 1 changed');
    expect(lines).toContain('-UTC');
    expect(lines).toContain('folder/zone: differs with another environment');
  });

  it('is a failure where it only works by it', async () => {
    const { verdict } = await verdictOf('[ "$TZ" = UTC ]; echo x >out');
    expect([verdict.outcome, guilty(verdict)]).toEqual(['failed', ['environment']]);
    expect(verdictLines(verdict).join('\n')).toMatch(/environment: .*exited with status 1 \[AIB_/);
  });
});

it.each([
  'echo x >out',
  'seq 1 50000 >out',
  'printf "b\\na\\n" | sort >out',
  'mkdir -p a/b; touch a/b/z a/b/y; find a | sort >out',
  'tar --sort=name --mtime=@0 --owner=0 --group=0 --mode=644 -cf out /dev/null 2>/dev/null || echo x >out',
])('no false alarm: %s', async script => {
  const { verdict, runs } = await verdictOf(script);
  expect([verdict.outcome, guilty(verdict)]).toEqual(['bit-identical', []]);
  expect(verdictSummary([verdict], runs)[0]).toBe('1 of 1 node bit-identical');
});

describe('what is varied alone', () => {
  it.each([
    ['time-zone', 'date -d @0 +%H:%M >out'],
    ['umask', 'umask >out'],
    ['host-name', 'cat /proc/sys/kernel/hostname >out'],
    ['user', 'id -u >out'],
    ['cpu', 'echo "$AIB_WORKER_CPU" >out'],
  ])('%s is found, and named where several were varied', async (name, script) => {
    const { verdict, runs } = await verdictOf(script, { minimise: true });
    const cannot = runs.flatMap(({ variations }) => variations).find(each => each.name === name)?.cannot;
    if (cannot !== undefined) {
      expect(verdict.outcome).toBe('bit-identical');
      return;
    }
    const [different, ...more] = verdict.runs.filter(({ outcome }) => outcome === 'different');
    expect(more).toEqual([]);
    const parts = different?.parts?.filter(({ outcome }) => outcome !== 'same').map(({ variation }) => variation);
    expect(parts).toEqual([name]);
    expect(verdictLines(verdict).at(-1)).toBe(`    out: differs with another ${name}`);
  });

  it('is none where a file differs whatever is varied', async () => {
    const { verdict } = await verdictOf('date +%s%N >out', { names: ['cpu'], minimise: true });
    expect(verdictLines(verdict)).toContain('    nothing varied: different');
    expect(verdictLines(verdict).at(-1)).toBe('    out: differs in every run');
  });

  it('has another value in each round', async () => {
    const { verdict } = await verdictOf('cat >out </dev/null; echo "$TZ $AIB_WORKER_MEMORY" >out', {
      names: ['time-zone', 'memory'],
      rounds: 3,
    });
    const made = verdict.runs.flatMap(({ differences }) =>
      differences.map(({ paths }) => readFileSync(paths[1], 'utf8')),
    );
    expect(new Set(made).size).toBe(6);
  });
});

it('from sources: a difference reaches what takes it, and what does not differ itself is told from it', async () => {
  const rig = makeRig();
  const nodes = [
    shell('chance', 'head -c 8 /dev/urandom | od -An -tx1 >out'),
    shell('calm', 'echo x >out'),
    shell('user', 'cat a b >out', { a: edge('chance'), b: edge('calm') }),
    shell('deaf', 'wc -c <a >out', { a: edge('chance') }),
  ];
  const built = await rig.build(nodes, ['user', 'deaf']);
  const sourced = nodes.flatMap(node =>
    node.type === 'action' ? [{ node, outputs: built.outputs.get(node.label) ?? {} }] : [],
  );
  const told: string[] = [];
  const verdicts = await rebuildFromSources(sourced, new Map(), rebuildingIn(rig, ['cpu', 'umask']), (name, { run }) =>
    told.push(`${run} ${name}`),
  );
  expect(verdicts.map(each => [each.label, each.outcome])).toEqual([
    ['//chance', 'different'],
    ['//calm', 'bit-identical'],
    ['//user', 'different'],
    ['//deaf', 'bit-identical'],
  ]);
  expect(told).toHaveLength(8);
});

it('what the project allows is told with its reason, and is no difference', async () => {
  const allowed = readAllowed('/folder/zone  where it was built\n');
  if (!allowed.ok) throw new Error(allowed.error);
  const pack = 'tar --sort=name --mtime=@0 --owner=0 --group=0 --mode=755 -cf out folder';
  const script = `mkdir folder; echo "$TZ" >folder/zone; ${pack} --transform 's,^,/,' -P`;
  const { verdict } = await verdictOf(script, { allowed: allowed.value });
  expect([verdict.outcome, verdict.runs.map(({ outcome }) => outcome)]).toEqual([
    'allowed',
    ['same', 'allowed', 'same'],
  ]);
  expect(verdictLines(verdict).slice(1)).toEqual(['  environment: /folder/zone is allowed: where it was built']);
});
