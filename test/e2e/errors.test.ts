import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { makeIndex, makeKey, signedBy } from '../../src/alpine/package/test-packages.ts';
import { makeWorkspace } from './workspace.ts';

const LABEL = '//aws/x86_64/uefi/tiny';

/** A copy of the sample that can be falsified. */
function copyOfSample(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aib-mirror-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(inject('sample'), folder, { recursive: true });
  return folder;
}

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0xff;
  writeFileSync(path, bytes);
}

describe('what bad input gets', () => {
  it('a mirror that does not answer: the address, the cause and --mirror', async () => {
    const workspace = makeWorkspace(inject('sample'));
    const ended = await workspace.aib('build', LABEL, '--mirror', 'http://127.0.0.1:9/alpine');
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('[AIB_MIRROR_UNREACHABLE]');
    expect(ended.stderr).toContain('http://127.0.0.1:9/alpine/releases.json');
    expect(ended.stderr).toContain('--mirror');
  });

  it('an unknown label: the nearest ones', async () => {
    const workspace = makeWorkspace(inject('sample'));
    const ended = await workspace.aib('build', '//aws/x86_64/uefi/tinny');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('[AIB_NO_SUCH_LABEL]');
    expect(ended.stderr).toContain(`did you mean ${LABEL}`);
  });

  it('an altered package: its name, both digests, and nothing recorded', async () => {
    const mirror = copyOfSample();
    const folder = join(mirror, 'v3.20/main/x86_64');
    const name = readdirSync(folder).find(file => file.startsWith('tzdata-')) ?? expect.unreachable();
    flipByte(join(folder, name), readFileSync(join(folder, name)).byteLength - 100);
    const workspace = makeWorkspace(mirror);
    for (let round = 0; round < 2; round += 1) {
      const ended = await workspace.aib('build', LABEL, '--json');
      expect(ended.code).toBe(1);
      const failed = ended.events.filter(event => event.type === 'failed');
      expect(failed).toMatchObject([{ kind: 'package', failure: { code: 'AIB_DIGEST_MISMATCH' } }]);
      expect(failed[0]?.failure.what).toContain('tzdata');
      expect(failed[0]?.failure.got).toMatch(/[0-9a-f]{64}.*expected.*[0-9a-f]{64}/);
    }
  });

  it('a truncated ISO: what was expected and what came', async () => {
    const mirror = copyOfSample();
    const folder = join(mirror, 'v3.20/releases/x86_64');
    const name = readdirSync(folder).find(file => file.endsWith('.iso')) ?? expect.unreachable();
    truncateSync(join(folder, name), 1_000_000);
    const ended = await makeWorkspace(mirror).aib('build', '//iso/3.20/x86_64', '--json');
    expect(ended.code).toBe(1);
    expect(ended.events.find(event => event.type === 'failed')).toMatchObject({
      kind: 'iso',
      failure: { code: 'AIB_DIGEST_MISMATCH' },
    });
  });

  it('an index that nobody trusted has signed: refused before anything is locked', async () => {
    const mirror = copyOfSample();
    const index = join(mirror, 'v3.20/main/x86_64/APKINDEX.tar.gz');
    const text = 'C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:a\nV:1-r0\nA:x86_64\nS:1\n\n';
    writeFileSync(index, await signedBy(makeKey('stranger-1.rsa.pub'), await makeIndex(text)));
    const workspace = makeWorkspace(mirror);
    const ended = await workspace.aib('build', LABEL);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toContain('[AIB_UNTRUSTED_KEY]');
    expect(existsSync(workspace.path('aib.sample.lock'))).toBe(false);
  });

  it('a package that no repository has: its name, who wants it, and near names', async () => {
    const workspace = makeWorkspace(inject('sample'));
    workspace.edit('configs/cloud/aws.conf', text => `${text}\npackages { chronny = true }\n`);
    const ended = await workspace.aib('build', LABEL, '--json');
    expect(ended.code).toBe(1);
    const failed = ended.events.find(event => event.type === 'failed');
    expect(failed).toMatchObject({ kind: 'packages', failure: { code: 'AIB_NO_PACKAGE' } });
    expect(JSON.stringify(failed)).toContain('chronny');
    expect(JSON.stringify(failed)).toContain('chrony');
  });

  it('a machine without QEMU: the remedy', async () => {
    const tools = mkdtempSync(join(tmpdir(), 'aib-path-'));
    afterAll(() => rmSync(tools, { recursive: true, force: true }));
    for (const folder of (process.env.PATH ?? '').split(delimiter).filter(existsSync)) {
      for (const name of readdirSync(folder)) {
        if (!name.startsWith('qemu') && !existsSync(join(tools, name)))
          symlinkSync(join(folder, name), join(tools, name));
      }
    }
    const workspace = makeWorkspace(inject('sample'));
    const ended = await workspace.aibWith({ ...process.env, PATH: tools }, 'build', LABEL, '--json');
    expect(ended.code).toBe(1);
    expect(ended.events.find(event => event.type === 'failed')).toMatchObject({
      kind: 'base',
      failure: { code: 'AIB_NO_QEMU', hint: expect.stringContaining('aib doctor') },
    });
  });
});

describe('what goes wrong inside the build machine', () => {
  it('a failing setup script: script, line and last output; a disk too small: how much was needed', async () => {
    const workspace = makeWorkspace(inject('sample'));
    workspace.edit(
      'scripts/setup-tiny',
      text => `${text}\n[ "$FIRMWARE" = uefi ] || { echo "no such luck"; false; }\n`,
    );
    workspace.edit('configs/firmware/uefi.conf', text => text.replace('[2]', 'null, disk_size = [24]'));
    const ended = await workspace.aib('build', '//aws/x86_64/*/tiny', '-k', '--json');
    expect(ended.code).toBe(1);
    const failures = new Map(
      ended.events.flatMap(event => (event.type === 'failed' ? [[event.label, event] as const] : [])),
    );
    const script = [...failures].find(([label]) => label.includes('bios'))?.[1];
    const lines = readFileSync(workspace.path('scripts/setup-tiny'), 'utf8').split('\n');
    const line = lines.findIndex(text => text.includes('no such luck')) + 1;
    expect(script?.failure).toMatchObject({
      code: 'AIB_SCRIPT',
      what: `the setup script setup-tiny failed at line ${line}`,
    });
    expect(script?.failure.output?.at(-1)).toBe('no such luck');
    expect(existsSync(workspace.path('.cache', script?.log ?? 'no log'))).toBe(true);

    const small = [...failures].find(([label]) => label.includes('uefi'))?.[1];
    expect(small?.failure.code).toBe('AIB_DISK_TOO_SMALL');
    expect(small?.failure.what).toMatch(/at least \d+ MiB are needed, disk_size gives 24$/);
  });
});
