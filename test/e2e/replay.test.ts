/**
 * `aib action`, of every kind: the key that it shows is the one on record, and what it prints for a builtin makes the recorded bytes again. The
 * machine is a stand-in for QEMU that writes a little to the disk at once: what it would install does not matter here.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { digestOfFile } from '../../src/store/content/digest.ts';
import type { ActionRecord } from '../../src/store/records/action-record.ts';
import { openStore } from '../../src/store/store.ts';
import { makeWorkspace } from './workspace.ts';

const LABEL = '//aws/x86_64/uefi/tiny';
const KINDS = ['boot', 'disk', 'firmware', 'image', 'index', 'iso', 'metadata', 'overlay', 'packages', 'toolbox'];

/** Of the build machine the result port says that all is done; any other one shows the login prompt. */
const MACHINE = `#!/bin/sh
case "$*" in
*-kernel*)
  head -c 300000 /dev/urandom | dd of=out/disk.raw bs=65536 seek=20 conv=notrunc status=none
  printf 'P:musl\\nV:1.2.5-r0\\n\\n' | dd of=out/installed conv=notrunc status=none
  printf 'AIB phase boot\\nAIB size 20\\nAIB done\\n' >&3 ;;
*)
  echo login:
  exec sleep 60 ;;
esac
`;

describe('aib action', () => {
  const workspace = makeWorkspace(inject('sample'));
  const folder = mkdtempSync(join(tmpdir(), 'aib-replay-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'qemu-system-x86_64'), MACHINE);
  chmodSync(join(bin, 'qemu-system-x86_64'), 0o755);
  const environment = {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    // What is found out about the stand-in is not to be remembered of QEMU.
    XDG_CACHE_HOME: join(folder, 'cache'),
  };
  const aib = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await workspace.aibWith(environment, ...words);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  const recorded = new Map<string, ActionRecord>();

  it('has something to show when all was built', async () => {
    await aib('build', LABEL, `${LABEL}:boot`);
    const labels = (await aib('query', `deps(${LABEL}:boot) + deps(${LABEL}:metadata)`)).trim().split('\n');
    const store = openStore(workspace.path('.cache'), { now: Date.now, onNotice: () => {}, readOnly: true });
    if (!store.ok) return expect.unreachable(store.error.what);
    for (const label of labels) {
      const record = store.value.records.latest(label);
      if (record !== undefined) recorded.set(label, record);
    }
    store.value.close();
    expect([...new Set([...recorded.values()].map(({ kind }) => kind))].sort()).toEqual(KINDS);
  });

  it('shows the key that a build has recorded, for every kind', async () => {
    for (const [label, { key }] of recorded)
      expect(JSON.parse(await aib('action', label, '--json'))).toMatchObject({ label, key });
  });

  it.each(['overlay', 'image', 'metadata'])(
    'prints what makes the bytes of the %s again, with nothing but PATH',
    async kind => {
      const root = join(folder, kind);
      const shown = JSON.parse(await aib('action', `${LABEL}:${kind}`, '--to', root, '--json')) as { command: string };
      const how = { cwd: '/', env: { PATH: process.env.PATH }, encoding: 'utf8' } as const;
      expect(spawnSync('sh', ['-c', shown.command], how)).toMatchObject({ status: 0, stderr: '' });
      const { outputs } = [...recorded.values()].find(record => record.kind === kind) ?? expect.unreachable(kind);
      for (const { path, digest } of Object.values(outputs))
        expect([path, await digestOfFile(join(root, path))]).toEqual([path, digest]);
    },
  );

  it('prints the request of a fetch, and lays its inputs out', async () => {
    const root = join(folder, 'packages');
    const shown = await aib('action', `${LABEL}:packages`, '--to', root);
    expect(shown).toMatch(/^WORLD {2}.*\balpine-base\b/m);
    expect(shown).toMatch(/^REPOSITORIES {2}v3\.20\/main\/x86_64/m);
    expect(shown).toContain('# a fetch: its inputs are laid out, and its parameters above are the request');
    expect(shown).not.toMatch(/^cd /m);
    expect(existsSync(join(root, 'keys'))).toBe(true);
    expect(await aib('action', '//iso/3.20/x86_64')).toMatch(/^SHA256 {2}[0-9a-f]{64}$/m);
  });
});
