/**
 * A repository outside of Alpine that a real apk accepts: packages and index as on the sample mirror, signed with another key, served as
 * files.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openArchive } from '../../src/alpine/package/archive.ts';
import { signedBy, type TestKey } from '../../src/alpine/package/test-packages.ts';
import { member, type PackageSpec, packApk } from '../../src/sample/apk.ts';
import { packIndex } from '../../src/sample/repository.ts';
import { listen, stop } from '../local-server.ts';

const BUILT = 1_725_580_800;

export function spec(name: string, version: string, more: Partial<PackageSpec> = {}): PackageSpec {
  const files = [member(`usr/share/${name}/version`, Buffer.from(`${version}\n`), 0o644, BUILT)];
  return { name, version, description: `${name} from elsewhere`, license: 'MIT', buildTime: BUILT, files, ...more };
}

/** Replaces `<folder>/x86_64/`. */
export async function writeRepository(
  folder: string,
  key: TestKey,
  specs: readonly PackageSpec[],
  description = 'mine',
): Promise<void> {
  const target = join(folder, 'x86_64');
  mkdirSync(target, { recursive: true });
  const apks = [];
  for (const each of specs) {
    const apk = await packApk(each, 'x86_64');
    const { start, end } = await controlOf(apk.bytes);
    const control = await signedBy(key, apk.bytes.subarray(start, end));
    const bytes = Buffer.concat([control, apk.bytes.subarray(end)]);
    writeFileSync(join(target, apk.fileName), bytes);
    apks.push({ ...apk, bytes });
  }
  const index = await packIndex('x86_64', apks, description, BUILT);
  const { start } = await controlOf(index);
  writeFileSync(join(target, 'APKINDEX.tar.gz'), await signedBy(key, index.subarray(start)));
}

async function controlOf(bytes: Uint8Array): Promise<{ readonly start: number; readonly end: number }> {
  const parts = await openArchive(bytes, 1 << 20);
  if (parts.kind !== 'parts') throw new Error(`it is ${parts.kind}`);
  return { start: parts.archive.controlStart, end: parts.archive.controlEnd };
}

/** Starts a web server for the folder and returns its address; it ends with the tests of the file. */
export async function serveFolder(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(folder, decodeURIComponent(request.url ?? ''))));
    } catch {
      response.writeHead(404).end();
    }
  });
  afterAll(() => stop(server));
  return listen(server);
}
