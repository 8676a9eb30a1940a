import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { digestOfFile } from '../../src/store/content/digest.ts';
import { aibHome } from '../../src/util/files/home.ts';
import { makeWorkspace } from './workspace.ts';

const LABEL = '//nocloud/x86_64/uefi/tiny';

/** Requires a mount namespace, which a container may not allow. */
const canHide = spawnSync('unshare', ['--mount', 'true']).status === 0;

describe('the disk action by itself', () => {
  const workspace = makeWorkspace(inject('sample'));
  const folder = mkdtempSync(join(tmpdir(), 'aib-hermetic-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the same disk from its input root in a folder elsewhere, with the checkout and the workspace hidden', async context => {
    if (!canHide) context.skip('this machine allows no mount namespaces');
    const root = join(folder, 'root');
    const shown = await workspace.aib('action', `${LABEL}:disk`, '--to', root);
    expect(shown.code).toBe(0);
    const command = shown.stdout.split('\n').find(line => line.startsWith('cd ')) ?? '';
    expect(command).toContain('node --single-threaded drive.mjs build');

    // node itself may be in the checkout
    copyFileSync(process.execPath, join(folder, 'node'));
    const hide = [aibHome(), workspace.folder].map(path => `mount -t tmpfs none '${path}'`).join(' && ');
    const script = `${hide} && export PATH='${folder}':"$PATH" && ${command} AIB_UNUSED=`.replace(/ AIB_UNUSED=$/, '');
    const ran = spawnSync('unshare', ['--mount', 'sh', '-ec', script], {
      cwd: folder,
      encoding: 'utf8',
      input: undefined,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    expect(ran.stderr).toBe('');
    expect(ran.status).toBe(0);

    const built = await workspace.aib('build', `${LABEL}:disk`, '--json');
    expect(built.ran).toEqual(['disk']);
    const digest = await digestOfFile(join(root, 'out/disk'));
    expect(existsSync(workspace.path('.cache/blobs', digest.hash.slice(0, 2), digest.hash))).toBe(true);
    expect(readFileSync(join(root, 'out/installed'), 'utf8')).toContain('P:linux-virt');
  });
});
