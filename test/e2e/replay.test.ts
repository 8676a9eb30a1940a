/**
 * `aib action` for every kind: the key that it shows is the recorded one, and the command that it prints for a builtin makes the recorded
 * bytes again. The machine is a stand-in for QEMU that writes a little to the disk at once, because the installed content does not matter
 * here.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { digestOfFile } from '../../src/store/content/digest.ts';
import type { ActionRecord } from '../../src/store/records/action-record.ts';
import { openStore } from '../../src/store/store.ts';
import { DONE_AT_ONCE, standInMachine } from './stand-in-machine.ts';
import { makeWorkspace } from './workspace.ts';

const LABEL = '//aws/x86_64/uefi/tiny';
const MADE = ['base', 'base-packages', 'boot', 'disk', 'firmware', 'image'];
const KINDS = [...MADE, 'iso', 'metadata', 'overlay', 'package', 'packages', 'toolbox'];

describe('aib action', () => {
  const workspace = makeWorkspace(inject('sample'));
  const folder = mkdtempSync(join(tmpdir(), 'aib-replay-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const environment = standInMachine(DONE_AT_ONCE);
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
    // One of the packages, which are many and similar.
    const [one] = [...recorded].filter(([, { kind }]) => kind === 'package');
    const others = [...recorded].filter(([, { kind }]) => kind !== 'package');
    for (const [label, { key }] of [...others, one ?? expect.unreachable()])
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
    const root = join(folder, 'package');
    const label = [...recorded.keys()].find(each => each.includes('/busybox-')) ?? expect.unreachable();
    const shown = await aib('action', label, '--to', root);
    expect(shown).toMatch(/^NAME {2}busybox/m);
    expect(shown).toMatch(/^REPOSITORY {2}v3\.20\/main\/x86_64$/m);
    expect(shown).toContain('# a fetch: the folder contains its inputs; the parameters above are its request');
    expect(shown).not.toMatch(/^cd /m);
    expect(existsSync(join(root, 'keys'))).toBe(true);
    expect(await aib('action', '//iso/3.20/x86_64')).toMatch(/^SHA256 {2}[0-9a-f]{64}$/m);
    expect(await aib('action', `${LABEL}:packages`)).toMatch(/^WORLD {2}.*\balpine-base\b/m);
  });
});
