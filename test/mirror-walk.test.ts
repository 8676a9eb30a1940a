/**
 * Mirrors from a user's view: walked step by step, changing between two builds, with the list of releases elsewhere, and claiming to be a
 * sample.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type WalkOptions, type WalkStep, walkMirror } from '../src/alpine/locking/walk-mirror.ts';
import { openMirror } from '../src/alpine/mirror/open-mirror.ts';
import { formatFailure } from '../src/util/failure.ts';
import { type Files, honestMirror, INDEX, ISO, RELEASES, ROOT } from './hostile/honest-mirror.ts';
import { instead, LyingServer, status } from './hostile/lying-server.ts';
import { runAib } from './run-aib.ts';

let folder: string;
let server: LyingServer;
let address: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aib-walk-'));
  server = new LyingServer(await honestMirror());
  address = await server.listen();
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** A walk over the server, unless the options name another mirror. */
async function stepsOf(options: Partial<WalkOptions>): Promise<readonly WalkStep[]> {
  const mirror = openMirror(address, { attempts: 1, environment: {} });
  if (!mirror.ok) return expect.unreachable();
  const steps: WalkStep[] = [];
  for await (const step of walkMirror({
    mirror: mirror.value,
    root: ROOT,
    releases: undefined,
    site: undefined,
    known: undefined,
    signal: new AbortController().signal,
    onNotice: () => {},
    ...options,
  }))
    steps.push(step);
  return steps;
}

async function walk(releases?: string): Promise<readonly (readonly [string, string])[]> {
  const steps = await stepsOf({ releases });
  return steps.map(({ name, found }) => [name, found.ok ? found.value : formatFailure(found.error)]);
}

describe('a walk over a mirror', () => {
  test('looks at each part and says what it is', async () => {
    const steps = await walk();
    expect(steps.map(([name]) => name)).toEqual([
      'list of releases',
      'package index',
      'package',
      'key of ISOs',
      'ISO',
      'ISO header',
    ]);
    expect(Object.fromEntries(steps)).toMatchObject({
      'list of releases': `${address}/releases.json: latest is 3.20.3`,
      'package index': `${INDEX}: 2 packages, v3.20.3-1-gabc, signed by hostile-1.rsa.pub`,
      'ISO header': 'volume alpine',
    });
  });

  test('takes no more of an ISO than its beginning', async () => {
    await walk();
    expect(server.hits.filter(hit => hit.endsWith(ISO))).toEqual([`HEAD ${ISO}`, `GET ${ISO}`]);
  });

  test.each([
    ['package', 'ISO header'],
    ['package index', 'ISO header'],
    ['ISO', 'ISO'],
  ])('goes on past what is missing, as far as it can: %s', async (step, last) => {
    const words = (await walk()).find(([name]) => name === step)?.[1] ?? '';
    server.lie = { path: words.split(':')[0] ?? '', answer: status(404) };
    const steps = await walk();
    expect(steps.filter(([, text]) => text.includes('[AIB_MIRROR_NOT_FOUND]')).map(([name]) => name)).toEqual([step]);
    expect(steps.at(-1)?.[0]).toBe(last);
  });

  test('sees that an ISO is none', async () => {
    server.files = await honestMirror({ iso: Buffer.alloc(100_000, 'x') });
    expect((await walk()).at(-1)).toEqual(['ISO header', expect.stringContaining('AIB_BAD_ISO')]);
  });

  test("sees that an index is another place's", async () => {
    server.files = await honestMirror({ description: 'v3.19.1-1-gabc' });
    const steps = await walk();
    const [, words] = steps.find(([name]) => name === 'package index') ?? [];
    expect(words).toContain('AIB_MIRROR_CONTENT');
    expect(words).toContain('got   an index of v3.19.1-1-gabc');
    expect(steps.at(-1)?.[0]).toBe('ISO header');
  });

  test('stops where there is no list of releases', async () => {
    server.lie = { path: 'releases.json', answer: instead('<html>') };
    expect(await walk()).toEqual([['list of releases', expect.stringContaining('AIB_NO_RELEASE_LIST')]]);
  });

  test("takes Alpine's own list where one of several mirrors is down and the others have none", async () => {
    const site = join(folder, 'site');
    await mkdir(site);
    writeFileSync(join(site, 'releases.json'), JSON.stringify(RELEASES));
    server.lie = { path: 'releases.json', answer: status(404) };
    const [alpine, mirror] = [
      openMirror(site),
      openMirror(['http://127.0.0.1:1/alpine', address], { environment: {} }),
    ];
    if (!alpine.ok || !mirror.ok) return expect.unreachable();
    const steps = await stepsOf({ mirror: mirror.value, site: alpine.value });
    const failed = steps.flatMap(({ name, found }) => (found.ok ? [] : [`${name}: ${formatFailure(found.error)}`]));
    expect(failed).toEqual([]);
  });

  test('takes a list from elsewhere', async () => {
    const elsewhere = join(folder, 'releases.json');
    writeFileSync(elsewhere, JSON.stringify(RELEASES));
    server.lie = { path: 'releases.json', answer: status(404) };
    expect((await walk(elsewhere))[0]).toEqual(['list of releases', `${elsewhere}: latest is 3.20.3`]);
    expect(server.hits.some(hit => hit.endsWith('releases.json'))).toBe(false);
  });
});

async function asFolder(files: Files, target: string): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), bytes);
  }
}

describe('who is believed to be a sample', () => {
  async function workspace(): Promise<string> {
    await mkdir(join(folder, 'workspace/configs'), { recursive: true });
    writeFileSync(join(folder, 'workspace/configs/images.conf'), 'include required("/dev/null")\n');
    return join(folder, 'workspace');
  }

  test('a folder of this machine that says so, when it is named', async () => {
    const sample = join(folder, 'sample');
    await asFolder(await honestMirror(), sample);
    writeFileSync(join(sample, 'sample.json'), '{}');
    const { stdout } = await runAib(await workspace(), ['doctor', '--mirror', sample]);
    expect(stdout).toContain(`${sample}, with the keys of sample`);
  });

  test('never a mirror on the web, whatever it says', async () => {
    server.files = new Map([...server.files, ['sample.json', Buffer.from('{}')]]);
    const { stdout } = await runAib(await workspace(), ['doctor', '--mirror', address]);
    expect(stdout).toContain(`${address}, with the keys of alpine`);
    expect(stdout).toContain('AIB_UNTRUSTED_KEY');
    expect(server.hits).not.toContain('GET sample.json');
  });

  test('not both: a sample beside a real mirror is refused', async () => {
    const sample = join(folder, 'sample');
    await asFolder(await honestMirror(), sample);
    writeFileSync(join(sample, 'sample.json'), '{}');
    const here = await workspace();
    const { code, stderr } = await runAib(here, ['mirror', 'use', sample, address]);
    expect([code, existsSync(join(here, 'aib.local.conf'))]).toEqual([1, false]);
    expect(stderr).toContain('AIB_LOCK_ROOT');
  });
});

describe('aib mirror use', () => {
  test('remembers what was named, the list of releases with it, and asks nobody', async () => {
    await mkdir(join(folder, 'configs'));
    writeFileSync(join(folder, 'configs/images.conf'), '');
    const used = await runAib(folder, ['mirror', 'use', address, 'http://127.0.0.1:9/alpine/', '--releases', 'r.json']);
    expect(used).toMatchObject({ code: 0, stdout: `${address}, http://127.0.0.1:9/alpine\n` });
    expect(readFileSync(join(folder, 'aib.local.conf'), 'utf8')).toBe(
      `# Choices of this machine; not for version control.\nmirror = ["${address}", "http://127.0.0.1:9/alpine"]\nreleases = "${join(folder, 'r.json')}"\n`,
    );
    expect(server.hits).toEqual([]);
  });

  test('refuses a password without repeating it', async () => {
    await mkdir(join(folder, 'configs'));
    writeFileSync(join(folder, 'configs/images.conf'), 'include required("images.conf")\n');
    for (const words of [
      ['mirror', 'use', 'https://me:s3cret@mirror.test/alpine'],
      ['mirror', 'use', address, '--releases', 'https://me:s3cret@mirror.test/releases.json'],
      ['update', '--mirror', 'https://me:s3cret@mirror.test/alpine'],
      ['update', '--mirror', address, '--releases', 'https://me:s3cret@mirror.test/releases.json'],
    ]) {
      const { code, stdout, stderr } = await runAib(folder, words);
      expect(code).toBe(2);
      expect(stderr).toContain('AIB_PASSWORD_IN_ADDRESS');
      expect(`${stdout}${stderr}`).not.toContain('s3cret');
    }
    expect(existsSync(join(folder, 'aib.local.conf'))).toBe(false);
  });
});
