import { describe, expect, it } from 'vitest';
import { makeIndex, makeKey, signedBy, trusted } from '../../alpine/package/test-packages.ts';
import { type Answers, type ClosureRequest, readAnswers, writeAnswers } from './closure-request.ts';
import { solveClosures } from './solve-closures.ts';

const KEY = makeKey('test-1.rsa.pub');
const keys = trusted(KEY);
const { signal } = new AbortController();

type Listed = readonly [name: string, version: string, more?: string];

function record([name, version, more = '']: Listed): string {
  const checksum = `Q1${Buffer.from(name.padEnd(20, '.')).toString('base64').slice(0, 27)}=`;
  return `C:${checksum}\nP:${name}\nV:${version}\nA:x86_64\nS:9\nI:9\nT:t\nU:u\nL:MIT\no:${name}-src\n${more}\n`;
}

async function index(...packages: readonly Listed[]): Promise<Buffer> {
  return signedBy(KEY, await makeIndex(packages.map(record).join('')));
}

function request(key: string, world: readonly string[], paths: readonly string[], more: object = {}): ClosureRequest {
  return { key, wishes: { world, noScripts: [], repositories: paths.map(path => ({ path })), ...more } };
}

async function answers(
  requests: readonly ClosureRequest[],
  indexes: Readonly<Record<string, Buffer>>,
): Promise<Answers> {
  const solved = await solveClosures({ requests, readIndex: path => indexes[path], keys }, signal);
  return solved.ok ? solved.value : expect.unreachable(solved.error.what);
}

function namesOf(packages: Answers['closures'], key: string): readonly string[] | undefined {
  return packages.get(key)?.map(({ index: path, name, version, scripts }) => {
    return `${path}/${name}-${version}${scripts ? '' : ' without scripts'}`;
  });
}

const PACKAGES: readonly Listed[] = [
  ['app', '1-r0', 'D:lib\n'],
  ['lib', '2-r0'],
  ['tool', '3-r0', 'D:lib helper\n'],
  ['helper', '4-r0'],
];

describe('working out closures', () => {
  it('gives each set what it comes to, with where it is and where it comes from', async () => {
    const { closures, failures } = await answers([request('k', ['app'], ['main'])], { main: await index(...PACKAGES) });
    expect(namesOf(closures, 'k')).toEqual(['main/lib-2-r0', 'main/app-1-r0']);
    expect(closures.get('k')?.[0]).toMatchObject({ size: 9, origin: 'lib-src', license: 'MIT' });
    expect(failures.size).toBe(0);
  });

  it('says which packages the shared part of a set needs, and never one whose scripts do not run', async () => {
    const bases = async (more: object) => {
      const { closures } = await answers([request('k', ['app', 'tool'], ['main'], more)], {
        main: await index(...PACKAGES),
      });
      return closures.get('k')?.flatMap(({ name, base }) => (base === true ? [name] : []));
    };
    expect(await bases({})).toEqual([]);
    expect(await bases({ shared: ['app'] })).toEqual(['lib', 'app']);
    expect(await bases({ shared: ['app', 'tool'], noScripts: ['tool'] })).toEqual(['lib', 'app']);
  });

  it('leaves without scripts what only such packages need', async () => {
    const wanted = request('k', ['app', 'tool'], ['main'], { noScripts: ['tool'] });
    const { closures } = await answers([wanted], { main: await index(...PACKAGES) });
    expect([...(namesOf(closures, 'k') ?? [])].sort()).toEqual([
      'main/app-1-r0',
      'main/helper-4-r0 without scripts',
      'main/lib-2-r0',
      'main/tool-3-r0 without scripts',
    ]);
  });

  it('reads each index once, however many ask for it and in whatever order', async () => {
    const [main, more] = [await index(...PACKAGES), await index(['extra', '1-r0'])];
    const requests = [
      request('a', ['app'], ['main']),
      request('b', ['extra', 'app'], ['main', 'more']),
      request('c', ['tool'], ['main']),
      request('d', ['extra'], ['more']),
    ];
    const solved = await answers(requests, { main, more });
    expect([solved.parsed, solved.closures.size]).toEqual([2, 4]);
  });

  it('says of each set for itself that it comes to nothing', async () => {
    const requests = [request('good', ['app'], ['main']), request('bad', ['missing'], ['main'])];
    const { closures, failures } = await answers(requests, { main: await index(...PACKAGES) });
    expect([...closures.keys()]).toEqual(['good']);
    expect([...failures]).toMatchObject([['bad', { code: 'AIB_NO_PACKAGE' }]]);
  });

  it.each([
    ['that nobody trusts signed', async () => signedBy(makeKey('x.rsa.pub'), await makeIndex('')), 'AIB_UNTRUSTED_KEY'],
    ['that is none', async () => signedBy(KEY, await makeIndex('nonsense\n')), 'AIB_BAD_INDEX'],
  ])('ends at an index %s', async (_, made, code) => {
    const bytes = await made();
    const job = { requests: [request('k', ['app'], ['main'])], readIndex: () => bytes, keys };
    expect(await solveClosures(job, signal)).toMatchObject({ ok: false, error: { code } });
  });

  it('takes just what is named where that is asked for, from the first that has it, and nothing where nobody has', async () => {
    const indexes = { main: await index(['ovmf', '1-r0', 'D:nothing-that-is\n']), more: await index(['ovmf', '2-r0']) };
    const requests = ['ovmf', 'none'].map(name => request(name, [name], ['main', 'more'], { alone: true }));
    const { closures } = await answers(requests, indexes);
    expect([namesOf(closures, 'ovmf'), namesOf(closures, 'none')]).toEqual([['main/ovmf-1-r0'], []]);
  });

  it('refuses tools that make other bytes each time', async () => {
    const main = await index(['e2fsprogs', '1.47.0-r5']);
    const tools = { ...request('tools', ['e2fsprogs'], ['main']), toolboxOf: '3.20' };
    expect([...(await answers([tools], { main })).failures]).toMatchObject([['tools', { code: 'AIB_TOOLBOX' }]]);
  });
});

describe('what stays while others move', () => {
  const pin = (name: string, version: string, more: object = {}) => ({
    ...{
      index: 'main',
      name,
      version,
      checksum: `Q1${'o'.repeat(27)}=`,
      size: 5,
      origin: `${name}-src`,
      license: 'old',
    },
    ...{ scripts: true, ...more },
  });

  it('keeps its version, whatever the index has by now, and what is not pinned moves', async () => {
    const main = await index(['app', '2-r0', 'D:lib\n'], ['lib', '3-r0']);
    const wanted = { ...request('k', ['app'], ['main']), pins: [pin('lib', '2-r0')] };
    const { closures } = await answers([wanted], { main });
    expect(namesOf(closures, 'k')).toEqual(['main/lib-2-r0', 'main/app-2-r0']);
    expect(closures.get('k')?.[0]).toEqual(pin('lib', '2-r0'));
  });

  it('still fits together where parts of one source want one another in their very version', async () => {
    const main = await index(['tool', '2-r0', 'D:tool-libs=2-r0 base\n'], ['tool-libs', '2-r0'], ['base', '7-r0']);
    const wanted = {
      ...request('k', ['tool'], ['main']),
      pins: [pin('tool', '1-r0'), pin('tool-libs', '1-r0')],
    };
    expect(namesOf((await answers([wanted], { main })).closures, 'k')).toEqual([
      'main/base-7-r0',
      'main/tool-libs-1-r0',
      'main/tool-1-r0',
    ]);
  });

  it('is there even if the index does not have it any more', async () => {
    const wanted = { ...request('k', ['gone'], ['main']), pins: [pin('gone', '1-r0')] };
    const { closures } = await answers([wanted], { main: await index(['app', '1-r0']) });
    expect(namesOf(closures, 'k')).toEqual(['main/gone-1-r0']);
  });

  it('may be in the way of what moves, and then that is said', async () => {
    const main = await index(['app', '2-r0', 'D:lib>=3\n'], ['lib', '3-r0']);
    const wanted = { ...request('k', ['app'], ['main']), pins: [pin('lib', '2-r0')] };
    expect([...(await answers([wanted], { main })).failures]).toMatchObject([['k', { code: 'AIB_NO_PACKAGE' }]]);
  });
});

it('says how the world comes to a package, where that is asked', async () => {
  const wanted = { ...request('k', ['app'], ['main']), explain: ['lib'] };
  const { chains } = await answers([wanted], { main: await index(...PACKAGES) });
  expect([...chains]).toEqual([['k', [['world', 'app', 'lib']]]]);
});

it('answers go from one process to another as they are', async () => {
  const requests = [request('a', ['app'], ['main']), request('bad', ['missing'], ['main'])];
  const solved = await answers(requests, { main: await index(...PACKAGES) });
  const got = readAnswers(writeAnswers(solved));
  expect([got.failures, got.parsed]).toEqual([solved.failures, 1]);
  expect(got.closures.get('a')).toEqual(solved.closures.get('a')?.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
});
