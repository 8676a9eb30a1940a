/**
 * What a setup script can do to make an image that is not the same twice, planted all together, each at a path of its own: `aib verify` names every one
 * of them, and what each depends on; and none of what is beside them.
 */
import { describe, expect, inject, it } from 'vitest';
import { makeWorkspace } from './workspace.ts';

const TINY = '//nocloud/x86_64/uefi/tiny';

interface Planted {
  readonly path: string;
  /** In a shell, with the file's path in $F. */
  readonly script: string;
  /** What is said of it. */
  readonly found: RegExp;
  readonly by: 'each time' | 'with another machine';
}

const FAULTS: readonly Planted[] = [
  { path: 'seed', script: 'head -c 6 /dev/urandom | od -An -tx1 >"$F"', found: /content/, by: 'each time' },
  {
    path: 'uuid-in-fstab',
    script: 'echo "UUID=$(cat /proc/sys/kernel/random/uuid) /srv ext4 ro 0 0" >"$F"',
    found: /content/,
    by: 'each time',
  },
  { path: 'host-key', script: 'head -c 400 /dev/urandom >"$F"', found: /content \(400 bytes\)/, by: 'each time' },
  { path: 'log-with-uptime', script: 'cat /proc/uptime >"$F"', found: /content/, by: 'each time' },
  { path: 'processors', script: 'nproc >"$F"', found: /content \(2 bytes\)/, by: 'with another machine' },
  {
    path: 'memory',
    // The kernel takes a few pages more or less for itself.
    script: 'awk "/^MemTotal/ { print int(\\$2 / 65536) }" /proc/meminfo >"$F"',
    found: /content/,
    by: 'with another machine',
  },
  {
    path: 'old-time',
    script: 'echo x >"$F"; touch -d "@$(( 1000000000 + $(od -An -N3 -tu4 /dev/urandom) ))" "$F"',
    found: /modified 20/,
    by: 'each time',
  },
  {
    path: 'size',
    script: 'head -c $(( 100 + $(od -An -N2 -tu2 /dev/urandom) )) /dev/zero >"$F"',
    found: /content \(\d+ → \d+ bytes\)/,
    by: 'each time',
  },
  {
    path: 'link',
    script: 'ln -s "/$(od -An -N4 -tx4 /dev/urandom | tr -d " ")" "$F"',
    found: /target \/[0-9a-f]{8} → \/[0-9a-f]{8}/,
    by: 'each time',
  },
  {
    path: 'owner',
    script: 'echo x >"$F"; chown "$(( 1000 + $(od -An -N2 -tu2 /dev/urandom) ))" "$F"',
    found: /owner \d+:0 → \d+:0/,
    by: 'each time',
  },
  { path: 'packed.gz', script: 'cat /proc/uptime | gzip >"$F"', found: /content/, by: 'each time' },
  { path: 'addresses', script: 'cat /proc/interrupts /proc/stat >"$F"', found: /content/, by: 'each time' },
];

describe('aib verify', { tags: ['full'] }, () => {
  const workspace = makeWorkspace(inject('sample'));

  it('names each planted fault, what it depends on, and nothing else', async () => {
    const lines = FAULTS.map(({ path, script }) => `F="$TARGET/etc/planted/${path}"; ${script}`);
    const clean = [
      'date +%F >"$TARGET/etc/planted/clean-date"',
      'find "$TARGET/etc/init.d" | sort >"$TARGET/etc/planted/clean-list"',
    ];
    workspace.edit('scripts/setup-tiny', text =>
      [text, 'mkdir -p "$TARGET/etc/planted"', ...lines, ...clean, ''].join('\n'),
    );
    const verified = await workspace.aib('verify', `${TINY}:disk`);
    expect([verified.stderr, verified.code]).toEqual([expect.any(String), 3]);
    const { stdout } = verified;
    for (const { path, found, by } of FAULTS) {
      const said = stdout.split('\n').filter(line => line.includes(`~ /etc/planted/${path}:`));
      expect([path, said.length]).toEqual([path, by === 'each time' ? 3 : 1]);
      for (const line of said) expect(line).toMatch(found);
      expect(stdout).toContain(`    /etc/planted/${path}: ${by}\n`);
    }
    const others = [...stdout.matchAll(/^ +[~+-] (\/\S+?):?(?: |$)/gm)].flatMap(([, path = '']) =>
      path.startsWith('/etc/planted/') && !path.includes('clean') ? [] : [path],
    );
    expect(others).toEqual([]);
    expect(stdout).toMatch(/ different +\d+ +\/\/nocloud\/x86_64\/uefi\/tiny@3\.20:disk$/m);
    // What stands before the disk is the same.
    expect(stdout.match(/: bit-identical/g)).toHaveLength(5);
  }, 600_000);
});
