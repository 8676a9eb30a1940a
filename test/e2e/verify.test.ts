/**
 * `aib verify`: aib's builds are reproducible under all variations, and a script that reads its environment is detected, down to the file
 * and its lines.
 */
import { describe, expect, inject, it } from 'vitest';
import { makeWorkspace } from './workspace.ts';

const TINY = '//nocloud/x86_64/uefi/tiny';
const FIRST = [TINY, '//nocloud/x86_64/bios/tiny', '//aws/x86_64/uefi/tiny', '//aws/x86_64/bios/tiny'];

interface Told {
  readonly label: string;
  readonly kind: string;
  readonly outcome: string;
  readonly runs: readonly { readonly run: string }[];
}

function verdictsIn(text: string): readonly Told[] {
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Told);
}

describe('aib verify', () => {
  const workspace = makeWorkspace(inject('sample'));

  it('finds images bit-identical, with all that they stand on, and aib ls remembers it', async () => {
    const verified = await workspace.aib('verify', ...FIRST, '-j', '2', '--json');
    expect([verified.stderr, verified.code]).toEqual([expect.any(String), 0]);
    const verdicts = verdictsIn(verified.stdout);
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
    expect(kinds.filter(kind => kind === 'disk')).toHaveLength(4);
    for (const { runs } of verdicts) expect(runs.map(({ run }) => run)).toEqual(['time', 'environment', 'machine']);
    const listed = (await workspace.aib('ls', '//*/x86_64/*/tiny', '--json')).stdout.trim().split('\n');
    const chains = listed.map(line => JSON.parse(line)).filter(({ chain }) => chain === 'bit-identical');
    expect(chains.map(({ label }) => label).sort()).toEqual(FIRST.map(label => `${label}@3.20`).sort());
    const known = await workspace.aib('query', 'attr(verdict, "^bit-identical$", kind(disk, //...))');
    expect(known.stdout.trim().split('\n')).toHaveLength(4);
  }, 900_000);

  it('finds all tiny images of a version bit-identical', { tags: ['full'], timeout: 1_800_000 }, async () => {
    const verified = await workspace.aib('verify', '//*/x86_64/*/tiny', '-j', '2', '--json');
    const verdicts = verdictsIn(verified.stdout);
    expect(verdicts.filter(({ outcome }) => outcome !== 'bit-identical')).toEqual([]);
    expect(verified.code, verified.stderr).toBe(0);
    expect(verdicts.filter(({ kind }) => kind === 'disk').length).toBeGreaterThanOrEqual(10);
  });

  it('from sources: fetches and builds all of it again, to the same bytes', { tags: ['full'] }, async () => {
    const verified = await workspace.aib('verify', TINY, '--from-sources', '--vary', 'environment', '--json');
    const verdicts = verdictsIn(verified.stdout);
    expect(verdicts.filter(({ outcome }) => outcome !== 'bit-identical')).toEqual([]);
    expect(verdicts.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['package', 'iso', 'disk']));
    expect(verified.code).toBe(0);
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
    const verified = await workspace.aib('verify', TINY, '--vary', 'cpu,disk-cache', '--minimise');
    expect(verified.code).toBe(3);
    const { stdout } = verified;
    expect(stdout).toMatch(/^disk \S+:disk: different, but same packages \(machine /m);
    expect(stdout).toMatch(/^ +~ \/etc\/processors: content \(2 bytes\)\n +-2\n +\+1$/m);
    expect(stdout).toMatch(/^ +~ \/etc\/seed: content/m);
    expect(stdout).not.toContain('/etc/same');
    expect(stdout).toMatch(/^ +\/etc\/processors: differs with another cpu$/m);
    expect(stdout).toMatch(/^ +\/etc\/seed: differs in every run$/m);
    expect(stdout).toMatch(/^image \S+:image: bit-identical/m);
    const row = /^(\S+:image) +different +\d+ +(\S+)$/m.exec(stdout);
    expect(row?.slice(1)).toEqual([`${TINY}@3.20:image`, `${TINY}@3.20:disk`]);
    const kept = /^ +again +(\S+)$/m.exec(stdout)?.[1] ?? '';
    expect(kept).toContain('.cache/verify/');
    const sides = [kept.replace(/again$/, 'built'), kept] as const;
    expect((await workspace.aib('diff', ...sides)).code).toBe(3);
    const listed = await workspace.aib('ls', TINY);
    expect(listed.stdout).toMatch(/ different$/m);
  }, 300_000);

  it('knows its variations, and what cannot be made again', async () => {
    const verified = await workspace.aib('verify', TINY, '--vary', 'weather');
    expect([verified.code, verified.stderr]).toEqual([2, expect.stringContaining('time, environment, machine')]);
    const nothing = await workspace.aib('verify', '//iso/3.20/x86_64');
    expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('nothing can be rebuilt')]);
  });
});

describe('with Alpine’s own packages', () => {
  const sample = inject('realSample');
  const workspace = makeWorkspace(sample ?? '');

  it('both images are bit-identical', { tags: ['full'], timeout: 1_800_000 }, async context => {
    if (sample === undefined) return context.skip('AIB_PACKAGES names no packages of Alpine');
    const images = ['//nocloud/x86_64/uefi/tiny@3.19', '//nocloud/x86_64/bios/tiny@3.19'];
    const verified = await workspace.aib('verify', ...images, '-j', '2');
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringMatching(/:image +bit-identical/)]);
  });
});
