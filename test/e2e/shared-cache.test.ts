/** Two machines with one web server between them: the second builds a real image without a virtual machine. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { fakeCache } from '../remote/fake-cache.ts';
import { makeWorkspace, type TestWorkspace } from './workspace.ts';

const ONE = ['//nocloud/x86_64/uefi/tiny'];
const SEVERAL = [
  ...ONE,
  '//nocloud/x86_64/uefi/tiny:boot',
  '//aws/x86_64/bios/tiny',
  '//aws/x86_64/uefi/tiny',
  '//nocloud/x86_64/uefi/cloudinit',
];
/** The kinds that are shared; all that run a machine are among them. */
const SHARED = ['base', 'disk', 'image', 'boot'];

/** The SHA-512 of each image that a build printed, by its name. */
async function sumsOf(workspace: TestWorkspace, labels: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { code, stdout, stderr } = await workspace.aib('build', ...labels, '--no-remote-cache');
  expect([code, stderr]).toEqual([0, expect.stringContaining('up to date')]);
  const paths = stdout.trim().split('\n');
  return new Map(
    paths.map(path => [path.replace(/.*\//, ''), createHash('sha512').update(readFileSync(path)).digest('hex')]),
  );
}

async function share(labels: readonly string[]): Promise<void> {
  const server = await fakeCache();
  const [one, two] = [makeWorkspace(inject('sample')), makeWorkspace(inject('sample'))];
  const first = await one.aib('build', ...labels, '--json', '--remote-cache', server.url);
  expect(first.code, first.stderr).toBe(0);
  const machines = first.ran.filter(kind => SHARED.includes(kind));
  expect(machines).toEqual(expect.arrayContaining(['base', 'disk', 'image']));
  const results = [...server.files.keys()].filter(path => path.startsWith('/ac/'));
  expect(results).toHaveLength(machines.length);
  server.requests.length = 0;

  const second = await two.aib('build', ...labels, '--json', '--remote-cache', server.url, '--remote-required');
  expect(second.code, second.stderr).toBe(0);
  expect(second.ran.filter(kind => SHARED.includes(kind))).toEqual([]);
  const taken = second.events.flatMap(event => (event.type === 'hit' && event.from !== undefined ? [event.from] : []));
  expect(taken).toEqual(results.map(() => new URL(server.url).host));
  expect(server.requests.filter(line => line.startsWith('PUT'))).toEqual([]);
  // The first run has fetched the indexes for the lock.
  expect((await two.aib('log', '2')).stdout).toContain(`from ${new URL(server.url).host}: //`);

  const sums = await sumsOf(one, labels);
  expect(sums.size).toBe(labels.filter(label => !label.endsWith(':boot')).length);
  expect(await sumsOf(two, labels)).toEqual(sums);
}

describe('a shared cache', () => {
  it('gives a second workspace the image that the first has built, and no machine runs', () => share(ONE));

  it('gives it several images and the verdict of a boot', { tags: ['full'] }, () => share(SEVERAL));
});
