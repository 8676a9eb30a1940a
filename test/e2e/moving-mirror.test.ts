/** Mirrors change: a branch keeps only the newest build of a package, and around a release the list and the mirror do not match. */
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { mirrorWithPackage } from './why-rig.ts';
import { makeWorkspace } from './workspace.ts';

const PACKAGES = '//aws/x86_64/uefi/tiny:packages';
const MAIN = 'v3.20/main/x86_64';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aib-moving-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('a mirror that moves on between two builds', () => {
  it('hurts nobody who has what was locked; who lacks it is told to update, and can', async () => {
    const place = join(scratch(), 'mirror');
    symlinkSync(inject('sample'), place);
    const workspace = makeWorkspace(place);
    expect((await workspace.aib('build', PACKAGES)).code).toBe(0);

    const spec = { name: 'tzdata', version: '2099a-r0', description: 'times to come', license: 'MIT' };
    const moved = await mirrorWithPackage(inject('sample'), MAIN, { ...spec, buildTime: 0, files: [] });
    for (const name of readdirSync(join(moved, MAIN)))
      if (/^tzdata-(?!2099a)/.test(name)) rmSync(join(moved, MAIN, name));
    rmSync(place);
    symlinkSync(moved, place);

    expect((await workspace.aib('build', PACKAGES)).stderr).toContain('up to date');
    const elsewhere = await workspace.aib('build', PACKAGES, '--cache', scratch(), '--json');
    expect(elsewhere.code).toBe(1);
    const failed = elsewhere.events.filter(event => event.type === 'failed');
    expect(failed).toMatchObject([
      {
        kind: 'package',
        failure: {
          code: 'AIB_MIRROR_NOT_FOUND',
          what: expect.stringMatching(/^The mirror no longer has tzdata-.*, which the lock names$/),
          hint: expect.stringContaining('aib update'),
        },
      },
    ]);

    const updated = await workspace.aib('update');
    expect(updated.stdout).toContain(`${MAIN}: new package index`);
    // All locked images have it; the others are locked for the first time.
    expect(updated.stdout).toMatch(/^tzdata +\d\S+ +2099a-r0 +\/\/aws\/x86_64\/uefi\/tiny@3\.20$/m);
    expect(readFileSync(workspace.path('aib.sample.lock'), 'utf8')).toContain('2099a-r0');
    const again = await workspace.aib('build', PACKAGES, '--json');
    expect([again.code, again.ran]).toEqual([0, ['base-packages', 'package', 'packages']]);
  });
});

describe('an update of a part', () => {
  const spec = (name: string, version: string) => ({
    ...{ name, version, description: name, license: 'MIT', buildTime: 0, files: [] },
  });
  const OTHER = '//nocloud/x86_64/uefi/tiny@3.19';

  it('moves a package, with all from the same source, and nothing else', async () => {
    const place = join(scratch(), 'mirror');
    symlinkSync(inject('sample'), place);
    const workspace = makeWorkspace(place);
    const first = await workspace.aib('update');
    expect(first.stdout).toMatch(/^3\.20: 3\.20\.3 of .*\n(?:.*\n)*64 images are locked for the first time$/m);
    // The mirror is asked once, and nothing newer is reported.
    expect(first.stderr.match(/(?:creating|updating) the lock from/g)).toHaveLength(1);
    expect([first.code, first.stdout.includes('nothing')]).toEqual([0, false]);
    expect((await workspace.aib('build', PACKAGES)).code).toBe(0);
    const before = readFileSync(workspace.path('aib.sample.lock'), 'utf8');
    const once = await mirrorWithPackage(inject('sample'), MAIN, spec('tzdata', '2099a-r0'));
    const moved = await mirrorWithPackage(once, MAIN, spec('doas', '99-r0'));
    rmSync(place);
    symlinkSync(moved, place);

    const dry = await workspace.aib('update', 'tzdata', '--dry-run', '--markdown');
    expect(dry.stdout).toMatch(/^\| tzdata \| \d\S+ \| 2099a-r0 \| <details><summary>\d+ images<\/summary>\/\/aws\//m);
    expect(dry.stdout).not.toContain('doas');
    expect(readFileSync(workspace.path('aib.sample.lock'), 'utf8')).toBe(before);

    const updated = await workspace.aib('update', 'tzdata');
    expect(updated.stdout).toMatch(/^tzdata +\d\S+ +2099a-r0 +\d+ images$/m);
    const lines = (text: string) => new Set(text.split('\n'));
    const after = readFileSync(workspace.path('aib.sample.lock'), 'utf8');
    const known = lines(before);
    const added = [...lines(after)].filter(line => !known.has(line)).map(line => line.trim().split(':')[0]);
    expect([...new Set(added)].sort()).toEqual(['"checksum"', '"hash"', '"size"', '"version"']);
    expect(after).not.toContain('"99-r0"');
    const built = await workspace.aib('build', PACKAGES, '--json');
    expect([built.code, built.ran]).toEqual([0, ['base-packages', 'package', 'packages']]);

    // The next update has the remaining changes.
    const rest = await workspace.aib('update', '--dry-run');
    expect(rest.stdout).toMatch(/^doas +\d\S+ +99-r0 /m);
    expect(rest.stdout).not.toMatch(/^tzdata/m);
    expect(await workspace.aib('update', 'tzdate')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('did you mean tzdata'),
    });
  });

  it('moves a version, and no other', async () => {
    const place = join(scratch(), 'mirror');
    symlinkSync(inject('sample'), place);
    const workspace = makeWorkspace(place);
    expect((await workspace.aib('update')).code).toBe(0);
    const once = await mirrorWithPackage(inject('sample'), MAIN, spec('tzdata', '2099a-r0'));
    const moved = await mirrorWithPackage(once, MAIN.replace('3.20', '3.19'), spec('tzdata', '2099b-r0'));
    rmSync(place);
    symlinkSync(moved, place);
    const updated = await workspace.aib('update', '3.19');
    expect(updated.stdout).toContain('v3.19/main/x86_64: new package index');
    expect(updated.stdout).not.toContain('v3.20/main');
    expect(updated.stdout).toContain('2099b-r0');
    expect(updated.stdout).not.toContain('2099a-r0');
    const why = await workspace.aib('query', `deps(${OTHER}:packages) ^ //package/.../tzdata-*`);
    expect(why.stdout).toContain('tzdata-2099b-r0');
    expect(await workspace.aib('update', '3.19', 'tzdata')).toMatchObject({ code: 2 });
  });
});

describe('a list of releases that is elsewhere, and ahead of the mirror', () => {
  it('gives the release that is there, and says so', async () => {
    const mirror = scratch();
    for (const name of readdirSync(inject('sample'))) {
      if (name === 'releases.json') continue;
      if (name === 'sample.json') copyFileSync(join(inject('sample'), name), join(mirror, name));
      else symlinkSync(join(inject('sample'), name), join(mirror, name));
    }
    const list = JSON.parse(readFileSync(join(inject('sample'), 'releases.json'), 'utf8'));
    const [newest] = list.release_branches;
    const [{ version }] = newest.releases;
    newest.releases.unshift({
      version: version.replace(/\d+$/, (patch: string) => String(Number(patch) + 1)),
      date: '2099-01-01',
    });
    list.release_branches.push({ rel_branch: 'v2.1', eol_date: 'in 2013, or so', releases: [{ notes: 7 }] });
    const elsewhere = join(scratch(), 'releases.json');
    writeFileSync(elsewhere, JSON.stringify(list));

    const workspace = makeWorkspace(mirror);
    const without = await workspace.aib('update');
    expect(without.stderr).toContain('[AIB_NO_RELEASE_LIST]');
    expect(without.stderr).toContain('--releases');
    const ended = await workspace.aib('update', '--releases', elsewhere);
    expect(ended.stderr).toContain(`locking ${version}`);
    expect(ended.stderr).toContain('skipped a branch: release_branches[2].');
    expect([ended.code, ended.stdout.includes(`${newest.rel_branch.slice(1)}: ${version} of`)]).toEqual([0, true]);
    expect((await workspace.aib('build', PACKAGES)).code).toBe(0);
    // The list is gone; the lock is enough for the indexes.
    const known = await workspace.aib('update');
    expect(known.stderr).toContain('using the releases in the lock');
    expect([known.code, known.stdout]).toEqual([0, expect.stringContaining('no changes')]);
  });
});
