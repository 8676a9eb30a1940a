/** The grants of runs: commands get the same environment for every user of aib, and each grant can be set for a run. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Grants } from '../../src/engine/run/grants.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';
import { label, makeRig, shell } from './rig.ts';

const LOOK = 'echo "$TZ $LANG $LC_ALL $(umask)" > out; env | grep FROM_ >> out || :';

/** The environment that a command sees with these grants. */
async function seen(grants: Partial<Grants>, script = LOOK): Promise<string> {
  const rig = makeRig();
  const built = await rig.build([shell('look', script)], ['look'], { grants });
  expect([...built.failures.values()]).toEqual([]);
  return (await rig.text(built, 'look')).trim();
}

describe('a command', () => {
  it('has a time zone, a locale and a umask of its own, whatever aib was started with', async () => {
    const before = { umask: process.umask(0o077), TZ: process.env.TZ, LANG: process.env.LANG };
    try {
      Object.assign(process.env, { TZ: 'Pacific/Apia', LANG: 'tr_TR.UTF-8' });
      expect(await seen({})).toBe('UTC C C 0022');
    } finally {
      process.umask(before.umask);
      for (const name of ['TZ', 'LANG'] as const) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  it.each([
    [{ timeZone: 'Asia/Tokyo' }, 'Asia/Tokyo C C 0022'],
    [{ locale: 'C.UTF-8' }, 'UTC C.UTF-8 C.UTF-8 0022'],
    [{ umask: 0o077 }, 'UTC C C 0077'],
    [{ prefix: ['env', 'FROM_PREFIX=yes'] }, 'UTC C C 0022\nFROM_PREFIX=yes'],
  ] as const)('is given %o', async (grants, expected) => {
    expect(await seen(grants)).toBe(expected);
  });

  it('works in a folder of its own in the one that is granted, which is empty again afterwards', async () => {
    const folder = testFolder('elsewhere');
    expect(await seen({ folder }, 'pwd > out')).toMatch(new RegExp(`^${folder}/[\\w-]+$`));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is told what its virtual machine has: what it asks for, or what the caller grants', async () => {
    const script = 'env | grep ^AIB_WORKER_ | sort > out';
    const rig = makeRig();
    const asking = shell('look', script, {}, { resources: { memory: 256, vcpu: 1 } });
    const told = async (grants: Partial<Grants>) => {
      const built = await rig.build([asking], ['look'], { grants });
      return (await rig.text(built, 'look')).trim().split('\n');
    };
    expect(await told({ limits: { boot: 5, setup: 7 }, limitFactor: 2, accelerator: 'kvm' })).toEqual([
      'AIB_WORKER_ACCELERATOR=kvm',
      'AIB_WORKER_CLOCK_OFFSET=0',
      'AIB_WORKER_CPU=1',
      'AIB_WORKER_DISK_CACHE=unsafe',
      'AIB_WORKER_LIMITS=boot=5 setup=7',
      'AIB_WORKER_LIMIT_FACTOR=2',
      `AIB_WORKER_MACHINES=${rig.store.machines}`,
      'AIB_WORKER_MEMORY=256',
      'AIB_WORKER_STDIN=watch',
    ]);
    expect(await seen({ memory: 99, processors: 3 }, script)).toMatch(/_CPU=3\n.*_MEMORY=99\n/s);
    expect(await seen({ machines: false }, script)).not.toContain('_MACHINES');
  });
});

describe('the time limit of a command', () => {
  const slow = (timeoutSeconds: number) => shell('slow', 'sleep 2; echo > out', {}, { timeoutSeconds });

  it('is multiplied by the limit factor', async () => {
    const rig = makeRig();
    const first = await rig.build([slow(1)], ['slow']);
    expect(first.failures.get(label('slow'))).toMatchObject({ code: 'AIB_TIMEOUT', what: /time limit of 1 s$/ });
    const second = await rig.build([slow(1)], ['slow'], { grants: { limitFactor: 30 } });
    expect(second.status).toBe('done');
  });

  it('is never less than what its phases may take together', async () => {
    const rig = makeRig();
    const built = await rig.build([slow(1)], ['slow'], { grants: { limits: { boot: 10, setup: 20 } } });
    expect(built.status).toBe('done');
  });

  it('is part of the key as it stands in the spec: no grant is', async () => {
    const rig = makeRig();
    expect((await rig.build([shell('a', 'echo > out')], ['a'])).started).toEqual(['//a']);
    const grants = { limitFactor: 7, timeZone: 'Asia/Tokyo', umask: 0o077, memory: 5, limits: { boot: 1 } };
    expect((await rig.build([shell('a', 'echo > out')], ['a'], { grants })).started).toEqual([]);
  });
});
