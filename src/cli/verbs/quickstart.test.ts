import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listen, stop } from '../../../test/local-server.ts';
import { aibHome } from '../../util/files/home.ts';

let folder: string;
let gone: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aib-quickstart-'));
  mkdirSync(join(folder, 'configs'));
  writeFileSync(join(folder, 'configs/images.conf'), 'include required("images.conf")\nproject = "urn:quickstart"\n');
  const server = createServer();
  gone = `${await listen(server)}/alpine`;
  await stop(server);
});
afterEach(() => rmSync(folder, { recursive: true }));

function quickstart(...words: readonly string[]) {
  return spawnSync(join(aibHome(), 'aib'), ['quickstart', ...words], {
    cwd: folder,
    env: { ...process.env, XDG_CACHE_HOME: join(folder, 'home') },
    encoding: 'utf8',
  });
}

test.each(['named on the command line', 'remembered'])(
  'a mirror that was %s and cannot be reached is a failure that names it, and no sample takes its place',
  how => {
    if (how === 'remembered') writeFileSync(join(folder, 'aib.local.conf'), `mirror = "${gone}"\n`);
    const { status, stderr } = how === 'remembered' ? quickstart() : quickstart('--mirror', gone);
    expect(status).toBe(1);
    expect(stderr).toContain('[AIB_MIRROR_UNREACHABLE]');
    expect(stderr).toContain(`${new URL(gone).host} refuses connections`);
    expect(stderr).not.toContain('sample');
    expect(existsSync(join(folder, 'home'))).toBe(false);
  },
);
