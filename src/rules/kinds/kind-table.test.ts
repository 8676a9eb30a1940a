import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testLock } from '../../alpine/locking/test-lock.ts';
import { openMirror } from '../../alpine/mirror/open-mirror.ts';
import { trustRoot } from '../../alpine/package/keys.ts';
import { awsConnection } from '../../clouds/aws/account/connection.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { Action, ActionSpec } from '../../engine/model/action.ts';
import { type ActionNode, makeGraph, type Node, reachable } from '../../engine/model/graph.ts';
import { digestOf } from '../../store/content/digest.ts';
import { aibHome } from '../../util/files/home.ts';
import { SHARED_WORDS } from '../kind.ts';
import { BUILTINS } from '../programs/builtin-table.ts';
import { fetchPrograms } from '../programs/fetch-table.ts';
import { answeredGraph } from '../project/test-graph.ts';
import { testConfig } from '../test-config.ts';
import { isLocked, KINDS, kindOf, labelFactsOf, needsOf, runsMachine, toldTogether } from './kind-table.ts';

const SETTINGS = `
  project = "https://example.org/images"
  name = ["{cloud}_{bootstrap}", "r{revision}"]
  description = [A small image]
  login = alpine
  ntp_server = "169.254.169.123"
  disk_size = [126]
  image_format = vhd
  scripts = [setup, setup-tiny]
  motd { a = Welcome, b = [to, Alpine] }
  repos {
    "https://dl-cdn.alpinelinux.org/alpine/{v_version}/main" = true
    "https://dl-cdn.alpinelinux.org/alpine/edge/testing" = testing
  }
  packages { linux-virt = true, chrony = true, grub-efi = --no-scripts, sudo = false }
  services { sysinit { devfs = true, dmesg = true }, default { chronyd = true, acpid = false } }
  kernel_modules { ext4 = true, nvme = true }
  kernel_options { quiet = true, "console=ttyS0" = true }
  initfs_features { nvme = true, virtio = true }
  regions { ALL = true }`;

const LOCKED = testLock();
const INDEX = LOCKED.indexes['v3.20/main/x86_64'] ?? expect.unreachable();
const LOCK = testLock({ indexes: { ...LOCKED.indexes, 'edge/testing/x86_64': INDEX } });

function nodesOf(config: ImageConfig, lock = LOCK): readonly Node[] {
  return [
    ...answeredGraph({
      configs: [config],
      lock,
      root: trustRoot('alpine'),
      scriptFolders: [join(aibHome(), 'scripts')],
      workspace: '/nowhere',
      home: aibHome(),
      aws: {
        ...{ account: '123456789012', home: 'eu-west-1', enabled: ['eu-west-1', 'us-east-1'] },
        ...{ revise: false, publishing: true, notRegions: [], connection: awsConnection({ memory: '/nowhere' }) },
      },
    }).nodes.values(),
  ];
}

function actionOf(node: ActionNode): Action {
  const names = Object.keys(node.inputs);
  const inputs = names.map(name => [name, { type: 'file', digest: digestOf(name) }] as const);
  const action = node.prepare(Object.fromEntries(inputs));
  return action.ok ? action.value : expect.unreachable(action.error.what);
}

function specOf(node: ActionNode): ActionSpec {
  return actionOf(node).spec;
}

/** By kind; for the indexes, the last one. */
function environments(nodes: readonly Node[]): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return Object.fromEntries(
    nodes.flatMap(node => (node.type === 'action' ? [[node.kind, specOf(node).environment] as const] : [])),
  );
}

const nodes = nodesOf(testConfig(SETTINGS));

describe('the kinds of nodes in a graph', () => {
  it('are those of the table', () => {
    expect([...new Set(nodes.map(({ kind }) => kind))].sort()).toEqual(Object.keys(KINDS).sort());
  });

  it('are those that the manual names', () => {
    const manual = readFileSync(join(aibHome(), 'docs/query.md'), 'utf8');
    expect(/The kinds are (.*)\.$/m.exec(manual)?.[1]?.split(', ')).toEqual(Object.keys(KINDS));
  });

  it.each(nodes.map(node => [node.label, node.kind] as const))(
    '%s is labelled as its kind is declared',
    (label, name) => {
      const kind = kindOf(name);
      const [first = '', ...words] = label.slice('//'.length).split('/');
      expect(SHARED_WORDS.includes(first)).toBe(kind?.shared);
      if (kind?.shared !== true) expect(label.slice(label.indexOf(':') + 1).split('/')[0]).toBe(name);
      else if (name !== 'source') expect([first, words.length]).toEqual([name, kind.labelWords.length]);
    },
  );

  it.each([
    ['https://packages.example.org/alpine/v3.20/mine', 'packages.example.org', 'mine'],
    ['http://packages.example.org:8080/v3.20/', 'packages.example.org+8080', 'v3.20'],
    ['https://edge/main', 'edge+443', 'main'],
    ['https://packages.example.org', 'packages.example.org', ''],
    ['/srv/mine', 'file+', 'mine'],
  ])('are labelled by their address where it is %s', (address, host, repository) => {
    const config = testConfig(`${SETTINGS}\nrepos = null, repos { "${address}" = true }, repo_keys = [keys/a.rsa.pub]`);
    const path = config.repositories[0]?.replace(/\/$/, '');
    const foreign = nodesOf(config, testLock({ indexes: { ...LOCK.indexes, [`${path}/x86_64`]: INDEX } }));
    const made = foreign.filter(({ label }) => label.includes(`/${host}/`));
    const arch = 'x86_64';
    expect(made.map(({ kind, label }) => [kind, Object.fromEntries(labelFactsOf(kind, label))])).toEqual([
      ['index', { host, repository, arch }],
      ['package', { host, repository, arch, package: 'made-up-1-r0' }],
      ['package', { host, repository, arch, package: 'made-up-base-1-r0' }],
    ]);
  });
});

it.each([
  ['uefi', ['firmware/code.fd', 'firmware/vars.fd']],
  ['bios', []],
] as const)('a boot of %s has the firmware among its inputs: %s', (firmware, expected) => {
  const config = { ...testConfig(SETTINGS), firmware };
  const boot = nodesOf(config).find(({ kind }) => kind === 'boot');
  const { inputs } = boot?.type === 'action' ? specOf(boot) : expect.unreachable();
  expect([...inputs.keys()].filter(path => path.startsWith('firmware/'))).toEqual(expected);
});

describe('what is asked of a kind', () => {
  const named = new Map(nodes.map(node => [node.kind, node]));

  it('by queries: the words of its labels have the right names', () => {
    const known: Readonly<Record<string, string>> = {
      version: '3.20',
      branch: 'v3.20',
      arch: 'x86_64',
      package: named.get('package')?.label.split('/').at(-1) ?? '',
      packages: named.get('base')?.label.split('/').at(-1) ?? '',
    };
    expect([...labelFactsOf('package', named.get('package')?.label ?? '').keys()]).toHaveLength(4);
    for (const [name, node] of named) {
      const repository = name === 'package' ? 'main' : 'community';
      for (const [word, value] of labelFactsOf(name, node.label))
        expect([name, word, value]).toEqual([name, word, known[word] ?? repository]);
    }
  });

  it('before a build: it needs what it stands on', () => {
    const graph = makeGraph(nodes);
    if (!graph.ok) expect.unreachable(graph.error.what);
    for (const { kind, label } of nodes.filter(node => kindOf(node.kind)?.shared === false)) {
      const kinds = reachable(graph.value, [label]).map(node => node.kind);
      const takesPackages = kinds.includes('package');
      expect([kind, needsOf(kind)]).toEqual([
        kind,
        kinds.some(runsMachine) ? 'machine' : takesPackages ? 'mirror' : 'nothing',
      ]);
    }
    expect(needsOf('*')).toBe('machine');
  });

  it('during a build: it runs a machine if its action asks for QEMU', () => {
    const asking = nodes.filter(node => node.type === 'action' && 'aib-qemu' in specOf(node).platform);
    expect(asking.map(({ kind }) => kind)).toEqual(['base', 'disk', 'boot']);
    expect(nodes.filter(({ kind }) => runsMachine(kind))).toEqual(asking);
  });

  it('by the report: it is told together with others of its kind', () => {
    expect([...named.keys(), 'no kind'].filter(kind => toldTogether(kind) !== undefined)).toEqual(['package']);
    expect(toldTogether('package')).toBe('fetched');
  });

  it('by the owner of the lock: it stands there', () => {
    expect([...named.keys(), 'no kind'].filter(isLocked).sort()).toEqual(['index', 'iso', 'package', 'release']);
  });
});

describe('the action of every kind', () => {
  const made = nodes.flatMap(node => (node.type === 'action' ? [[node.kind, node] as const] : []));

  it.each(made)('%s is data: it can be copied as it is', (_, node) => {
    const action = actionOf(node);
    expect(structuredClone(action)).toEqual(action);
  });

  it.each(made)('%s names a program that there is', (_, node) => {
    const { sort, spec } = actionOf(node);
    const mirror = openMirror('https://mirror.test/alpine');
    const programs = { builtin: BUILTINS, fetch: fetchPrograms(mirror.ok ? mirror.value : expect.unreachable()) };
    if (sort !== 'command') expect(Object.keys(programs[sort])).toContain(spec.arguments[1]);
  });
});

describe('the environment of an action', () => {
  it.each(['qcow2', 'vhd', 'raw'])('has the parameters that its kind declares, and no others: %s', format => {
    for (const firmware of ['uefi', 'bios']) {
      const config = testConfig(`${SETTINGS}\nimage_format = ${format}`, firmware);
      for (const [kind, environment] of Object.entries(environments(nodesOf(config)))) {
        const { AIB_KIND, AIB_FORMAT, ...parameters } = environment;
        expect([kind, AIB_FORMAT]).toEqual([AIB_KIND, expect.stringMatching(/^\d+$/)]);
        const declared = Object.keys(kindOf(kind)?.parameters ?? {});
        const isOthers = (name: string): boolean => format !== 'vhd' && name.startsWith('VHD_');
        expect(Object.keys(parameters).sort()).toEqual(declared.filter(name => !isOthers(name)).sort());
      }
    }
  });

  // A changed line here rebuilds something that was built before.
  it('is what it was', async () => {
    const lines = Object.entries(environments(nodes)).flatMap(([kind, environment]) => [
      `${kind}\n`,
      ...Object.entries(environment).map(([name, value]) => `  ${name}  ${JSON.stringify(value).slice(1, -1)}\n`),
    ]);
    await expect(lines.join('')).toMatchFileSnapshot('environments.txt');
  });
});
