/** `aib verify`: what aib builds is the same however it is built, and what a script takes from elsewhere is named, to the file and its lines. */
import { describe, expect, inject, it } from 'vitest';
import { makeWorkspace } from './workspace.ts';

const TINY = '//nocloud/x86_64/uefi/tiny';
const BIOS = '//aws/x86_64/bios/tiny';

describe('aib verify', () => {
  const workspace = makeWorkspace(inject('sample'));

  it('finds images bit-identical, with all that they stand on', async () => {
    const verified = await workspace.aib('verify', TINY, BIOS, '-j', '2', '--json');
    expect([verified.stderr, verified.code]).toEqual([expect.any(String), 0]);
    const verdicts = verified.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(verdicts.filter(({ outcome }) => outcome !== 'bit-identical')).toEqual([]);
    const kinds = verdicts.map(({ kind }) => kind);
    expect([...new Set(kinds)].sort()).toEqual([
      'base',
      'base-packages',
      'disk',
      'image',
      'metadata',
      'overlay',
      'packages',
      'toolbox',
    ]);
    expect(kinds.filter(kind => kind === 'disk')).toHaveLength(2);
    for (const { runs } of verdicts)
      expect(runs.map(({ variation }: { variation: string }) => variation)).toEqual(['time', 'environment', 'machine']);
  }, 600_000);

  it('finds all tiny images of a version bit-identical', { tags: ['full'], timeout: 1_800_000 }, async () => {
    const verified = await workspace.aib('verify', '//*/x86_64/*/tiny', '-j', '2', '--json');
    const verdicts = verified.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(verdicts.filter(({ outcome }) => outcome !== 'bit-identical')).toEqual([]);
    expect(verified.code, verified.stderr).toBe(0);
    expect(verdicts.filter(({ kind }) => kind === 'disk').length).toBeGreaterThanOrEqual(10);
  });

  it('names the disk, the files and their lines where a script takes something from elsewhere, and not the image', async () => {
    workspace.edit('scripts/setup-tiny', text =>
      [
        text,
        'nproc >"$TARGET/etc/processors"',
        'head -c 4 /dev/urandom | od -An -tx1 >"$TARGET/etc/seed"',
        'echo same >"$TARGET/etc/same"',
        '',
      ].join('\n'),
    );
    const verified = await workspace.aib('verify', TINY, '--vary', 'machine');
    expect(verified.code).toBe(3);
    const { stdout } = verified;
    expect(stdout).toMatch(/^disk \S+:disk: different \(machine /m);
    expect(stdout).toMatch(/^ +~ \/etc\/processors: content \(2 bytes\)\n +-2\n +\+1$/m);
    expect(stdout).toMatch(/^ +~ \/etc\/seed: content/m);
    expect(stdout).not.toContain('/etc/same');
    expect(stdout).toMatch(/^image \S+:image: bit-identical/m);
    expect(stdout).toMatch(/^the first that is not: \/\/nocloud\/x86_64\/uefi\/tiny@3\.20:disk$/m);
  }, 300_000);

  it('knows its variations', async () => {
    const verified = await workspace.aib('verify', TINY, '--vary', 'weather');
    expect([verified.code, verified.stderr]).toEqual([2, expect.stringContaining('time, environment, machine')]);
  });
});
