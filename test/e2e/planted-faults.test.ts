/**
 * Everything that a setup script can do to make an image not reproducible, planted together, each at its own path: `aib verify` names every
 * one of them, what each depends on, and the probable cause; and nothing else.
 */
import { describe, expect, inject, it } from 'vitest';
import { verdictLines } from '../../src/report/tables/verdict-lines.ts';
import type { NodeVerdict } from '../../src/verify/rebuild/rebuild.ts';
import { makeWorkspace } from './workspace.ts';

const TINY = '//nocloud/x86_64/uefi/tiny';

interface Planted {
  readonly path: string;
  /** Runs in a shell, with the file's path in $F; `drawn N` is a random number below N. */
  readonly script: string;
  /** The line of the output about it. */
  readonly found: RegExp;
  readonly looks: string;
  readonly by: 'differs in every run' | 'differs with another machine';
}

const PRELUDE = [
  'mkdir -p "$TARGET/etc/planted"',
  'drawn() { echo "$(( $(od -An -N4 -tu4 /dev/urandom) % $1 ))"; }',
  'hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d " \\n"; }',
];

const FAULTS: readonly Planted[] = [
  { path: 'seed', script: 'hex 16 >"$F"', found: /content/, looks: 'random', by: 'differs in every run' },
  {
    path: 'fstab',
    script: 'echo "UUID=$(cat /proc/sys/kernel/random/uuid) /srv ext4 ro 0 0" >"$F"',
    ...{ found: /content/, looks: 'random', by: 'differs in every run' },
  },
  {
    path: 'machine-id',
    script: 'hex 16 >"$F"',
    found: /content \(32 bytes\)/,
    looks: 'random',
    by: 'differs in every run',
  },
  {
    path: 'ssh_host_ed25519_key',
    script: 'head -c 400 /dev/urandom >"$F"',
    ...{ found: /content \(400 bytes\)/, looks: 'random', by: 'differs in every run' },
  },
  {
    path: 'log',
    script: 'echo "$(date -d "@$((1725580800 + $(drawn 1000000)))" "+%b %e %H:%M:%S") host daemon: done" >"$F"',
    ...{ found: /content/, looks: 'time', by: 'differs in every run' },
  },
  {
    path: 'date',
    script: 'date -u -d "@$((1725580800 + $(drawn 1000000)))" +%Y-%m-%dT%H:%M:%SZ >"$F"',
    ...{ found: /content/, looks: 'time', by: 'differs in every run' },
  },
  {
    path: 'processors',
    script: 'nproc >"$F"',
    found: /content \(2 bytes\)/,
    looks: 'content',
    by: 'differs with another machine',
  },
  {
    path: 'kernel-options',
    script: 'echo "linux /boot/vmlinuz quiet maxcpus=$(nproc)" >"$F"',
    ...{ found: /content/, looks: 'content', by: 'differs with another machine' },
  },
  {
    path: 'memory',
    // The kernel uses a varying number of pages for itself.
    script: 'awk "/^MemTotal/ { print int(\\$2 / 65536) }" /proc/meminfo >"$F"',
    ...{ found: /content/, looks: 'content', by: 'differs with another machine' },
  },
  {
    path: 'old-time',
    script: 'echo x >"$F"; touch -d "@$((1000000000 + $(drawn 10000000)))" "$F"',
    ...{ found: /modified 20/, looks: 'time', by: 'differs in every run' },
  },
  {
    path: 'size',
    script: 'head -c "$((100 + $(drawn 60000)))" /dev/zero >"$F"',
    ...{ found: /content \(\d+ → \d+ bytes\)/, looks: 'size', by: 'differs in every run' },
  },
  {
    path: 'link',
    script: 'ln -s "/tmp/a$(hex 5)b" "$F"',
    ...{ found: /target \/tmp\/a[0-9a-f]{10}b → \/tmp\/a[0-9a-f]{10}b/, looks: 'random', by: 'differs in every run' },
  },
  {
    path: 'owner',
    script: 'echo x >"$F"; chown "$((1000 + $(drawn 60000)))" "$F"',
    ...{ found: /owner \d+:0 → \d+:0/, looks: 'content', by: 'differs in every run' },
  },
  {
    path: 'mode',
    script: 'echo x >"$F"; chmod "$(printf %o "$(drawn 4096)")" "$F"',
    ...{ found: /mode \d+ → \d+/, looks: 'content', by: 'differs in every run' },
  },
  {
    path: 'unsorted',
    script: 'seq 1 40 | while read -r n; do echo "$(drawn 1000000) $n"; done | sort -n | cut -d " " -f 2 >"$F"',
    ...{ found: /content/, looks: 'order', by: 'differs in every run' },
  },
  {
    path: 'race',
    script:
      'for n in 1 2 3 4 5 6 7 8 9; do { sleep "0.$(drawn 10)$(drawn 10)"; echo "worker $n" >>"$F"; } & done; wait',
    ...{ found: /content/, looks: 'order', by: 'differs in every run' },
  },
  {
    path: 'packed.gz',
    script: 'date -u -d "@$((1725580800 + $(drawn 1000000)))" +%Y-%m-%dT%H:%M:%SZ | gzip >"$F"',
    ...{ found: /content/, looks: 'time', by: 'differs in every run' },
  },
];

describe('aib verify', { tags: ['full'] }, () => {
  const workspace = makeWorkspace(inject('sample'));

  it('names each planted fault, what it depends on and what it looks like, and nothing else', async () => {
    const lines = FAULTS.map(({ path, script }) => `F="$TARGET/etc/planted/${path}"; ${script}`);
    const clean = [
      'date +%F >"$TARGET/etc/planted/clean-date"',
      'find "$TARGET/etc/init.d" | sort >"$TARGET/etc/planted/clean-list"',
    ];
    workspace.edit('scripts/setup-tiny', text => [text, ...PRELUDE, ...lines, ...clean, ''].join('\n'));
    const verified = await workspace.aib('verify', `${TINY}:disk`, '--json');
    expect([verified.stderr, verified.code]).toEqual([expect.any(String), 3]);
    const verdicts = verified.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as NodeVerdict);
    // The nodes before the disk are the same.
    const [disk, ...others] = verdicts.toSorted((one, other) => one.outcome.localeCompare(other.outcome)).reverse();
    expect(others.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'bit-identical'));
    if (disk === undefined) throw new Error('no verdict');
    expect([disk.kind, disk.level]).toEqual(['disk', 'same packages']);
    const said = verdictLines(disk).join('\n');
    const found = disk.runs.flatMap(({ differences }) =>
      differences.flatMap(({ explanation }) =>
        explanation.type === 'disk' ? explanation.difference.partitions.flatMap(({ files }) => files) : [],
      ),
    );
    for (const fault of FAULTS) {
      const path = `/etc/planted/${fault.path}`;
      const own = found.filter(each => each.path === path);
      expect([path, own.length]).toEqual([path, fault.by === 'differs in every run' ? 3 : 1]);
      for (const { facts, content } of own) {
        const looks = [...(content?.causes ?? []), ...facts.map(({ cause }) => cause)];
        expect([path, ...new Set(looks)]).toEqual([path, fault.looks]);
      }
      expect(said.split('\n').filter(line => line.includes(`~ ${path}:`))[0]).toMatch(fault.found);
      expect(said).toContain(`\n    ${path}: ${fault.by}`);
    }
    const planted = new Set(FAULTS.map(({ path }) => `/etc/planted/${path}`));
    expect(found.filter(({ path }) => !planted.has(path))).toEqual([]);
  }, 600_000);
});
