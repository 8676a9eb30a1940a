/** A cache on a real nginx, with the configuration of docs/remote.md. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { httpPlace } from '../../src/remote/places/http-place.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import { aibHome } from '../../src/util/files/home.ts';
import { findOnPath } from '../../src/util/process/on-path.ts';
import { listen, stop } from '../local-server.ts';
import { contentOf } from './fake-cache.ts';

const nginx = findOnPath('nginx', `${process.env.PATH}:/usr/sbin`);
const signal = new AbortController().signal;
const OPTIONS = { authorization: undefined, idleTimeoutMs: 10_000, environment: {} };

function configuration(folder: string, port: number): string {
  const [, server = ''] = readFileSync(join(aibHome(), 'docs/remote.md'), 'utf8')
    .split(/^```(?:nginx)?$/m)
    .filter(part => part.includes('dav_methods'))
    .flatMap(part => ['', part]);
  expect(server).toContain('listen 8080;');
  const own = server.replace('listen 8080;', `listen 127.0.0.1:${port};`).replaceAll('/var/lib/aib-cache', folder);
  const places = ['proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${folder}/other;`).join('\n');
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  return `${user}daemon off;\npid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\naccess_log off;\n${places}\n${own}}\n`;
}

async function startNginx(): Promise<{ readonly url: string; readonly files: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'aib-nginx-'));
  for (const name of ['files', 'tmp']) mkdirSync(join(folder, name));
  const holder = createServer();
  const port = Number(new URL(await listen(holder)).port);
  await stop(holder);
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port));
  const child = spawn(nginx ?? '', ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')], {
    stdio: 'inherit',
  });
  const ended = new Promise(resolve => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${port}`;
  await expect
    .poll(
      () =>
        fetch(url).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 20_000 },
    )
    .toBe(404);
  return { url, files: join(folder, 'files') };
}

async function bytesOf(bytes: AsyncIterable<Uint8Array> | undefined): Promise<Buffer | undefined> {
  if (bytes === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a cache on nginx, as docs/remote.md sets it up', () => {
  test('keeps what is sent, says what it has, and gives the same bytes back', async context => {
    if (nginx === undefined) return context.skip('no nginx here: ./setup --tests brings it');
    const { url, files } = await startNginx();
    const place = httpPlace(url, OPTIONS);
    const content = Buffer.alloc(3 << 20, 'some bytes ');
    const digest = digestOf(content);
    expect(await place.contains(digest, signal)).toBe(false);
    expect(await place.get('cas', digest.hash, signal)).toBeUndefined();
    await place.put('cas', digest.hash, contentOf(content), signal);
    expect(statSync(join(files, 'cas', digest.hash)).size).toBe(content.byteLength);
    expect(await place.contains(digest, signal)).toBe(true);
    expect((await bytesOf(await place.get('cas', digest.hash, signal)))?.equals(content)).toBe(true);
    // The two shelves are apart.
    expect(await place.get('ac', digest.hash, signal)).toBeUndefined();
  });

  test('refuses other paths and methods', async context => {
    if (nginx === undefined) return context.skip('no nginx here: ./setup --tests brings it');
    const { url } = await startNginx();
    const statusOf = async (method: string, path: string) =>
      (await fetch(`${url}${path}`, { method, ...(method === 'PUT' ? { body: 'x' } : {}) })).status;
    expect(await statusOf('PUT', '/x')).toBe(404);
    expect(await statusOf('PUT', `/cas/${'a'.repeat(64)}/../../x`)).toBe(404);
    expect(await statusOf('DELETE', `/cas/${'a'.repeat(64)}`)).toBeGreaterThanOrEqual(400);
  });
});
