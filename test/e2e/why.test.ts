import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import type { ActionNode, Label } from '../../src/engine/model/graph.ts';
import type { Project } from '../../src/rules/project/project.ts';
import { mirrorWithPackage, WhyRig } from './why-rig.ts';

const VARIANT = '//aws/x86_64/uefi/tiny@3.20';

interface Case {
  readonly change: string;
  readonly make: (rig: WhyRig) => void;
  /** Default: the image. */
  readonly of?: string;
  /** All of these are in the explanation, in this order, each on its own line. */
  readonly says: readonly string[];
  /** The lines before it is built, if they are different. */
  readonly before?: readonly string[];
}

/** One typical edit each. */
const CASES: readonly Case[] = [
  {
    change: 'a line of a script',
    make: rig => rig.edit('work/scripts/setup-tiny', text => text.replace(/\n/, '\n# a second line\n')),
    says: [
      'input scripts/setup-tiny changed, from //source/scripts/setup-tiny',
      'scripts/setup-tiny line 2',
      '+# a second line',
    ],
  },
  {
    change: 'the message of the day',
    make: rig => rig.edit('work/configs/images.conf', text => text.replace('Welcome to Alpine', 'Hail to Alpine')),
    says: [
      'MOTD, the message of the day  (configs/images.conf:13:15)',
      '- Welcome to Alpine Linux 3.20.3!',
      '+ Hail to Alpine Linux 3.20.3!',
    ],
  },
  {
    change: 'the size of the disk, in one of the layers that add to it',
    make: rig => rig.edit('work/configs/images.conf', text => text.replace('disk_size = [130]', 'disk_size = [154]')),
    says: ['AIB_DISK_MIB, the size of the disk in MiB  (configs/images.conf:18:15, configs/', '- 132', '+ 156'],
  },
  {
    change: 'a value on the command line',
    make: rig => {
      rig.options = { sets: ['disk_size=300'] };
    },
    says: ['AIB_DISK_MIB, the size of the disk in MiB  (--set:1:13)', '- 132', '+ 300'],
  },
  {
    change: "the program of aib's own that runs in the guest",
    make: rig => rig.edit('home/src/guest/build', text => `${text}# the end\n`),
    says: ['input guest/build changed, from //source/aib/guest', 'home/src/guest/build line', '+# the end'],
  },
  {
    change: 'a branch of a WHEN that holds now',
    make: rig =>
      rig.edit('work/configs/images.conf', text =>
        text.replace(/\n {2}ntp_server/, '\n  WHEN { aws { kernel_options { "quiet" = true } } }\n  ntp_server'),
      ),
    says: ['AIB_KERNEL_OPTIONS, kernel options  (configs/images.conf:', '+ quiet'],
  },
  {
    change: 'a package that is added',
    make: rig =>
      rig.edit('work/configs/images.conf', text =>
        text.replace('tzdata = true', 'tzdata = true\n    grub-bios = true'),
      ),
    // Its package set is not resolved yet.
    before: ['The lock does not have the packages of', 'WORLD, packages  (configs/images.conf:', '+ grub-bios'],
    says: [
      'WORLD, packages  (configs/images.conf:',
      '+ grub-bios',
      'package grub-bios is new: 2.12-r0  (v3.20/main/x86_64)',
    ],
  },
  {
    change: 'a service that is removed',
    make: rig => rig.edit('work/configs/images.conf', text => text.replace('chronyd = true, ', '')),
    says: ['SERVICES_ENABLE, enabled services  (configs/images.conf:', '- default/chronyd'],
  },
  {
    change: 'a service that is switched off elsewhere',
    make: rig => rig.edit('work/configs/cloud/aws.conf', text => `${text}\nservices { default { chronyd = null } }\n`),
    says: ['SERVICES_ENABLE, enabled services  (configs/cloud/aws.conf:', '- default/chronyd'],
  },
  {
    change: "the version of a format of aib's own",
    of: `${VARIANT}:overlay`,
    make: rig => {
      rig.change = anotherFormat;
    },
    says: ["AIB_FORMAT, the version of aib's own format", '- 2', '+ 99'],
  },
  {
    change: 'the firmware, by a file of the user',
    of: `${VARIANT}:boot`,
    make: rig => {
      mkdirSync(rig.path('firmware/x86_64'), { recursive: true });
      writeFileSync(rig.path('firmware/x86_64/code.fd'), 'another code');
      writeFileSync(rig.path('firmware/x86_64/vars.fd'), 'other variables');
    },
    says: ['input firmware/code.fd changed, from //firmware/x86_64', 'firmware/x86_64/code.fd'],
  },
];

function anotherFormat(project: Project): Project {
  const label = `${VARIANT}:overlay` as Label;
  const node = project.graph.nodes.get(label) as ActionNode;
  const changed: ActionNode = {
    ...node,
    prepare: inputs => {
      const action = node.prepare(inputs);
      if (!action.ok) return action;
      const { spec } = action.value;
      const environment = { ...spec.environment, AIB_FORMAT: '99' };
      return { ok: true, value: { ...action.value, spec: { ...spec, environment } } };
    },
  };
  return { ...project, graph: { nodes: new Map(project.graph.nodes).set(label, changed) } };
}

/** The index of each line; -1 if a line is not after the previous ones. */
function places(text: string, lines: readonly string[]): readonly number[] {
  let from = 0;
  return lines.map(line => {
    const place = text.indexOf(line, from);
    if (place !== -1) from = place + line.length;
    return place;
  });
}

function expectToSay(text: string, lines: readonly string[]): void {
  expect(places(text, lines), `${lines.join('\n')}\n\nis not all in\n\n${text}`).not.toContain(-1);
}

describe('aib why names the exact change', () => {
  it.each(CASES)(
    'of $change, before it is built and after',
    async ({ make, of = `${VARIANT}:image`, says, before = says }) => {
      const rig = new WhyRig(inject('sample'));
      await rig.build(of);
      expect((await rig.now(of)).verdict).toBe('current');
      make(rig);
      const now = await rig.now(of);
      expect(now.verdict).not.toBe('current');
      expectToSay(rig.text(now), before);
      await rig.build(of);
      expect((await rig.now(of)).verdict).toBe('current');
      expectToSay(rig.text(await rig.last(of)), says);
    },
  );

  it('of a package of another version, before it is built and after', async () => {
    const rig = new WhyRig(inject('sample'));
    await rig.build(`${VARIANT}:image`);
    const spec = { name: 'tzdata', version: '2099a-r0', description: 'times to come', license: 'MIT' };
    const mirror = await mirrorWithPackage(inject('sample'), 'v3.20/main/x86_64', { ...spec, buildTime: 0, files: [] });
    rig.options = { mirror: [mirror], update: true };
    const says = ['package tzdata ', ' → 2099a-r0  (v3.20/main/x86_64)'];
    const now = rig.text(await rig.now(`${VARIANT}:image`));
    expectToSay(now, says);
    // Packages that are fetched for it are listed only with their versions.
    expect(now).not.toContain('//package/');
    rig.options = { mirror: [mirror] };
    await rig.build(`${VARIANT}:image`);
    expectToSay(rig.text(await rig.last(`${VARIANT}:image`)), says);
  });

  it('of nothing: an index changed in what this image does not take', async () => {
    const rig = new WhyRig(inject('sample'));
    await rig.build(`${VARIANT}:image`);
    const spec = { name: 'linux-lts', version: '99-r0', description: 'not wanted here', license: 'MIT' };
    const mirror = await mirrorWithPackage(inject('sample'), 'v3.20/main/x86_64', { ...spec, buildTime: 0, files: [] });
    rig.options = { mirror: [mirror], update: true };
    expect(await rig.now(`${VARIANT}:image`)).toMatchObject({ verdict: 'current', causes: [] });
  });

  it('of the ISO, by the line of the lock', async () => {
    const rig = new WhyRig(inject('sample'));
    await rig.build(`${VARIANT}:image`);
    rig.edit('work/aib.sample.lock', text =>
      text.replace(/("3\.20\/x86_64": \{[^}]*"sha256": ")[0-9a-f]{64}/, `$1${'0'.repeat(64)}`),
    );
    expectToSay(rig.text(await rig.now(`${VARIANT}:image`)), [
      '//iso/3.20/x86_64 is made because SHA256 changed',
      'SHA256, its SHA-256 in the lock  (aib.sample.lock:',
      `+ ${'0'.repeat(64)}`,
    ]);
  });

  it('of what stands there now, where another was made and undone since', async () => {
    const rig = new WhyRig(inject('sample'));
    const overlay = `${VARIANT}:overlay`;
    await rig.build(overlay);
    rig.edit('work/configs/images.conf', text => text.replace('Welcome to', 'Hail to'));
    await rig.build(overlay);
    rig.edit('work/configs/images.conf', text => text.replace('Hail to', 'Welcome to'));
    expect(rig.text(await rig.last(overlay))).toBe(`${overlay} was made because never built here`);
    await rig.build(overlay);
    expect(rig.text(await rig.last(overlay))).toBe(`${overlay} was made because never built here`);
  });

  it('of nothing: the image of another variant changed', async () => {
    const rig = new WhyRig(inject('sample'));
    await rig.build(`${VARIANT}:image`);
    rig.edit('work/configs/cloud/nocloud.conf', text => `${text}\nmotd { welcome = Hello }\n`);
    expect(await rig.now(`${VARIANT}:image`)).toMatchObject({ verdict: 'current', causes: [] });
  });
});
