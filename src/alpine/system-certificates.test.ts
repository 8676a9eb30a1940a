import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

// Made for this test, as its own authority, by openssl req -x509 with the names localhost and 127.0.0.1, for a hundred years.
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgpabVjtV89EMYx3M5
4ADUeqhfpR5Stb/xi6SAck7HhBWhRANCAARcMfb9KylYoWXtzolXpbwaCcmPRosS
rZdQb1F/NsFnY5WQz6amHqh5DYLSajyiZZ7gVJLED2RSaBv3XgjC1aQ4
-----END PRIVATE KEY-----
`;
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUClZ4CaADBdsSgPJRNJ85CeY+pUUwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEzMDAxMzg1NVoYDzIxMjYxMTA2
MDEzODU1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARcMfb9KylYoWXtzolXpbwaCcmPRosSrZdQb1F/NsFnY5WQz6amHqh5
DYLSajyiZZ7gVJLED2RSaBv3XgjC1aQ4o28wbTAdBgNVHQ4EFgQUvm9CQHS0oxim
bnu2BALSZqaLplIwHwYDVR0jBBgwFoAUvm9CQHS0oximbnu2BALSZqaLplIwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAJjAPrmqbZAeQ6pRbzAn0esJ2jfVf8/JiyUcoBAg+KDLAiBD
adWR1NXecTNWyuo5HFZmyH5ljOTHvAJPalyfk+2UnA==
-----END CERTIFICATE-----
`;

test('a mirror is trusted if the machine trusts who vouches for it, and only then', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-certificates-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const trusted = join(folder, 'trusted.pem');
  writeFileSync(trusted, CERTIFICATE);
  const server = createServer({ key: KEY, cert: CERTIFICATE }, (_, response) => response.end('{}'));
  onTestFinished(() => void server.close());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/alpine`;

  // Where OpenSSL looks for what the machine trusts.
  expect(await fetchFrom(url, { SSL_CERT_FILE: trusted, SSL_CERT_DIR: folder })).toBe('{}');
  rmSync(trusted);
  expect(await fetchFrom(url, { SSL_CERT_FILE: trusted, SSL_CERT_DIR: folder })).toContain('is not accepted');
});

/** The text of a file of the mirror, or why it cannot be had, in a process of its own: what a machine trusts is read once. */
async function fetchFrom(url: string, env: NodeJS.ProcessEnv): Promise<string> {
  const program = `
    import { openMirror } from ${JSON.stringify(join(import.meta.dirname, 'mirror.ts'))};
    const mirror = openMirror(${JSON.stringify(url)}, { attempts: 1 });
    const answer = await mirror.value.fetch('releases.json');
    console.log(answer.ok ? Buffer.from(answer.value).toString() : JSON.stringify(answer.error));`;
  const words = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '-e', program];
  const { stdout } = await promisify(execFile)(process.execPath, words, { env });
  return stdout.trim();
}
