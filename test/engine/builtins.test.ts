/** Builtins in separate processes: reused, stopped, limited, and independent of their environment. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { programSpec } from '../../src/engine/model/action.ts';
import type { ActionNode, Node } from '../../src/engine/model/graph.ts';
import { builtinRunner } from '../../src/engine/run/builtin/builtin-runner.ts';
import type { Grants } from '../../src/engine/run/grants.ts';
import { makeRaw } from '../../src/formats/fixtures.ts';
import { packDisk } from '../../src/formats/packed-disk.ts';
import { rawDisk } from '../../src/formats/raw.ts';
import { commandNode } from '../../src/rules/kinds/command.ts';
import { imageNode } from '../../src/rules/kinds/image.ts';
import { metadataNode } from '../../src/rules/kinds/metadata.ts';
import { overlayNode } from '../../src/rules/kinds/overlay.ts';
import { sbomNode } from '../../src/rules/kinds/sbom.ts';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import { testConfig } from '../../src/rules/test-config.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { ok } from '../../src/util/result.ts';
import { isAlive } from '../processes.ts';
import { edge, label, makeRig, type Rig, shell } from './rig.ts';

const ENTRY = join(import.meta.dirname, 'builtin-entry.ts');

function node(name: string, program: string, text = ''): ActionNode {
  return {
    type: 'action',
    label: label(name),
    kind: 'test',
    inputs: {},
    outputs: ['out'],
    prepare: () =>
      ok({
        sort: 'builtin',
        spec: programSpec({
          kind: program,
          format: 1,
          parameters: { text },
          inputs: new Map(),
          outputs: { out: { type: 'file', path: 'out' } },
        }),
        resources: { cpu: 1 },
      }),
  };
}

function runner(rig: Rig) {
  const made = builtinRunner(rig.store, { entry: ENTRY });
  onTestFinished(made.close);
  return made;
}

async function gone(pid: number): Promise<boolean> {
  for (let look = 0; look < 100 && isAlive(pid); look += 1) await new Promise(resolve => setTimeout(resolve, 20));
  return !isAlive(pid);
}

describe('a builtin', () => {
  it('runs in a process that is used again, in the folder and with the time zone and umask of its run', async () => {
    const rig = makeRig();
    const runners = { builtin: runner(rig) };
    const capacity = { cpu: 1 };
    const built = await rig.build([node('a', 'who', '1'), node('b', 'who', '2')], ['a', 'b'], { runners, capacity });
    const [a, b] = [await rig.text(built, 'a'), await rig.text(built, 'b')];
    expect(a).toMatch(/^\d+ true 0 1022 C who$/);
    expect(a).toBe(b);
    expect(Number(a.split(' ')[0])).not.toBe(process.pid);
    expect(built.events.filter(event => event.type === 'progress').map(event => event.words)).toContain('being asked');
    const log = rig.store.history.last(label('a'))?.log ?? expect.unreachable();
    expect(readFileSync(join(rig.store.folder, log), 'utf8')).toContain('a line for the log\n');
  });

  it('is given a time zone, a umask, a locale and a folder for each run', async () => {
    const rig = makeRig();
    const runners = { builtin: runner(rig) };
    const run = async (text: string, grants: Partial<Grants>) => {
      const built = await rig.build([node('a', 'who', text)], ['a'], { runners, grants });
      expect([...built.failures.values()]).toEqual([]);
      return (await rig.text(built, 'a')).split(' ').slice(1).join(' ');
    };
    expect(await run('1', { timeZone: 'Asia/Tokyo', umask: 0o077 })).toBe('true -540 1077 C who');
    expect(await run('2', { locale: 'C.UTF-8' })).toBe('true 0 1022 C.UTF-8 who');
    expect(await run('3', {})).toBe('true 0 1022 C who');
    expect(await run('4', { folder: testFolder('elsewhere') })).toBe('true 0 1022 C who');
  });

  it('and a command that is a script have a Node that is told of its compilers what this one was told', async () => {
    const before = [...process.execArgv];
    onTestFinished(() => void process.execArgv.splice(0, Number.POSITIVE_INFINITY, ...before));
    process.execArgv.splice(0, Number.POSITIVE_INFINITY, '--no-maglev', '--title=other', '--no-concurrent-sparkplug');
    const rig = makeRig();
    const script = commandNode({
      label: label('b'),
      arguments: ['node', '-e', 'fs.writeFileSync("out", process.execArgv.slice(0, -2).join(" "))'],
      inputs: {},
      outputs: { out: { type: 'file', path: 'out' } },
    });
    const built = await rig.build([node('a', 'flags'), script], ['a', 'b'], { runners: { builtin: runner(rig) } });
    expect(await rig.text(built, 'a')).toBe('--no-maglev --no-concurrent-sparkplug --no-warnings');
    expect(await rig.text(built, 'b')).toBe('--no-maglev --no-concurrent-sparkplug');
  });

  it('has a process for each that runs at the same time', async () => {
    const rig = makeRig();
    const runners = { builtin: runner(rig) };
    const nodes = ['a', 'b', 'c', 'd'].map(name => node(name, 'who', name));
    const built = await rig.build(nodes, ['a', 'b', 'c', 'd'], { runners, capacity: { cpu: 2 } });
    const pids = await Promise.all(['a', 'b', 'c', 'd'].map(async name => (await rig.text(built, name)).split(' ')[0]));
    expect(new Set(pids).size).toBeLessThanOrEqual(2);
  });

  it.each([
    ['refuse', { code: 'AIB_BAD_ISO', what: 'refused x', where: 'here' }],
    [
      'die',
      { code: 'AIB_COMMAND_FAILED', what: 'The program die ended with status 7', output: ['these are the last words'] },
    ],
    ['full', { code: 'AIB_STORE_FULL' }],
  ])('that ends with %s fails its node, and the next one runs', async (program, failure) => {
    const rig = makeRig();
    const runners = { builtin: runner(rig) };
    const options = { runners, capacity: { cpu: 1 }, onFailure: 'keep-going' } as const;
    const built = await rig.build([node('bad', program, 'x'), node('good', 'who')], ['bad', 'good'], options);
    expect(built.failures.get(label('bad'))).toMatchObject(failure);
    expect(await rig.text(built, 'good')).toMatch(/who$/);
  });

  it('that throws is a bug, with the stack of where it threw', async () => {
    const rig = makeRig();
    const building = rig.build([node('bad', 'bug')], ['bad'], { runners: { builtin: runner(rig) } });
    await expect(building).rejects.toThrow(/Internal error: TypeError: nothing is something\n.*builtin-entry/);
  });

  it('that loops is ended by its time limit, and its children with it', async () => {
    const rig = makeRig();
    const grants = { limits: { loop: 0.25 }, limitFactor: 4 };
    const built = await rig.build([node('bad', 'loop')], ['bad'], { runners: { builtin: runner(rig) }, grants });
    expect(built.failures.get(label('bad'))).toMatchObject({
      code: 'AIB_TIMEOUT',
      what: 'The program loop exceeded its time limit of 1 s',
    });
    expect(await gone(childOf(rig))).toBe(true);
  });

  it('whose process does not end when aib is done with it is killed, so aib ends', async () => {
    const rig = makeRig();
    const builtin = builtinRunner(rig.store, { entry: ENTRY });
    const built = await rig.build([node('a', 'deaf')], ['a'], { runners: { builtin } });
    const pid = Number(await rig.text(built, 'a'));
    expect(isAlive(pid)).toBe(true);
    builtin.close();
    expect(await gone(pid)).toBe(true);
  });

  it('that eats memory is ended by its limit', async () => {
    const rig = makeRig();
    const grants = { memory: 300 };
    const built = await rig.build([node('bad', 'eat')], ['bad'], { runners: { builtin: runner(rig) }, grants });
    expect(built.failures.get(label('bad'))).toMatchObject({ code: 'AIB_MEMORY_LIMIT' });
  });

  it('that does not heed a signal is ended within two seconds, and its children with it', async () => {
    const rig = makeRig();
    const stop = new AbortController();
    let stopped = 0;
    const built = await rig.build([node('bad', 'loop')], ['bad'], {
      runners: { builtin: runner(rig) },
      signal: stop.signal,
      emit: event => {
        if (event.type !== 'running') return;
        // It logs when it loops; the log is polled until then.
        const look = setInterval(() => {
          if (childOf(rig) === 0) return;
          clearInterval(look);
          stopped = performance.now();
          stop.abort();
        }, 20);
      },
    });
    expect(built.status).toBe('interrupted');
    // A deadline of 2 s, with a reserve for a busy machine.
    expect(performance.now() - stopped).toBeLessThan(10_000);
    expect(await gone(childOf(rig))).toBe(true);
  });
});

/** The id of the process that the looping program started, from its log; 0 before that. */
function childOf(rig: Rig): number {
  const path = join(rig.store.runFolder(1), 'bad.log');
  return existsSync(path) ? Number(/^child (\d+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 0) : 0;
}

/** A sparse disk, and a node for everything that each builtin can make. */
async function everyBuiltin(folder: string): Promise<readonly Node[]> {
  const path = join(folder, 'disk');
  const patches = [0, 4_000_000, 8_388_600].map(at => ({ at, bytes: Buffer.from('data') }));
  await packDisk(rawDisk(makeRaw(join(folder, 'disk.raw'), 8 << 20, patches)), path);
  const disk = sourceNode({ label: label('disk'), path });
  const checksum = `C:Q1${'A'.repeat(27)}=\\n`;
  const records = `${checksum}P:musl\\nV:1.2\\nL:MIT\\n\\n${checksum}P:BUSYBOX\\nV:1.36\\nD:musl\\n`;
  const facts = shell('facts', `printf "${records}" > out`);
  const image = (name: string, text: string): Node =>
    imageNode({ label: label(name), config: testConfig(text), epoch: 1_725_580_800, disk: edge('disk', 'file') });
  return [
    disk,
    facts,
    image('qcow2', 'image_format = qcow2'),
    image('vhd', 'image_format = vhd'),
    image('fixed', 'image_format = vhd, image_format_opts { "vhd/fixed_force-size" = true }'),
    image('raw', 'image_format = raw'),
    overlayNode({
      label: label('overlay'),
      config: testConfig('scripts = [setup], motd { a = "Grüße\\nI" }'),
      release: '3.20.3',
      scripts: new Map([
        ['setup', edge('facts')],
        ['Ünï', edge('facts')],
      ]),
      scriptDirs: new Map(),
    }),
    metadataNode({
      label: label('metadata'),
      config: testConfig('description = [Grüße]'),
      release: { release: '3.20.3', date: '2024-09-06', endOfLife: '2026-04-01' },
      revision: 0,
      root: 'sample',
      disk: edge('disk', 'file'),
      image: edge('qcow2', 'image'),
      installed: edge('facts'),
      sha512: edge('qcow2', 'sha512'),
      releaseFacts: edge('facts'),
    }),
    sbomNode({
      label: label('sbom'),
      config: testConfig(''),
      release: { release: '3.20.3', date: '2024-09-06', endOfLife: '2026-04-01' },
      revision: 0,
      epoch: 1_725_580_800,
      image: edge('qcow2', 'image'),
      installed: edge('facts'),
    }),
  ];
}

describe('every builtin of aib makes the same bytes, whatever surrounds it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-elsewhere-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const varied: readonly (readonly [string, Partial<Grants>])[] = [
    ['time zone', { timeZone: 'Pacific/Apia' }],
    ['umask', { umask: 0o077 }],
    ['locale', { locale: 'tr_TR.UTF-8' }],
    ['folder', { folder }],
    ['processors', { prefix: ['taskset', '-c', '0'] }],
    ['clock', { prefix: ['env', 'AIB_TEST_CLOCK=86400000000'] }],
  ];

  it('under six grants', async () => {
    const usual = await made({});
    expect(Object.keys(usual).sort()).toEqual(['fixed', 'metadata', 'overlay', 'qcow2', 'raw', 'sbom', 'vhd']);
    for (const [name, grants] of varied) expect([name, await made(grants)]).toEqual([name, usual]);
    expect(readdirSync(folder)).toEqual([]);
  });

  async function made(grants: Partial<Grants>): Promise<Readonly<Record<string, string>>> {
    const rig = makeRig();
    const nodes = await everyBuiltin(rig.folder);
    const targets = nodes
      .filter(each => each.type === 'action' && each.kind !== 'command')
      .map(each => ({ label: each.label, outputs: each.type === 'action' ? each.outputs : [] }));
    const built = await rig.build(nodes, [], { targets, runners: { builtin: runner(rig) }, grants });
    expect([...built.failures.values()]).toEqual([]);
    return Object.fromEntries(
      targets.map(each => [each.label.slice(2), JSON.stringify(built.outputs.get(each.label))] as const),
    );
  }
});
