/**
 * A vulnerability that is planted in the sample's security database: the images that have it, the requests that cause it, and an update
 * that changes nothing else.
 */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { mirrorWithPackage } from './why-rig.ts';
import { makeWorkspace } from './workspace.ts';

const MAIN = 'v3.20/main/x86_64';
const FIXED = '99-r0';
const ID = 'CVE-0000-0042';
const WITH = '//aws/x86_64/uefi/cloudinit@3.20';
const WITHOUT = '//aws/x86_64/uefi/tiny@3.20';

/** The sample, with a database that reports a vulnerability of eudev; with or without the fixed version. */
async function mirrorThat(isFixed: boolean): Promise<string> {
  const name = isFixed ? 'eudev' : 'aib-nobody';
  const spec = { name, version: FIXED, description: name, license: 'MIT', buildTime: 0, files: [] };
  const mirror = await mirrorWithPackage(inject('sample'), MAIN, spec);
  const pkg = { name: 'eudev', secfixes: { [FIXED]: [`${ID} GHSA-abcd`] } };
  const file = join(mirror, 'secdb/v3.20/main.json');
  rmSync(file);
  writeFileSync(file, JSON.stringify({ distroversion: 'v3.20', reponame: 'main', packages: [{ pkg }] }));
  return mirror;
}

describe('aib security', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-security-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const place = join(folder, 'mirror');
  const workspace = makeWorkspace(place);
  const serve = (mirror: string): void => {
    rmSync(place, { force: true });
    symlinkSync(mirror, place);
  };

  it('names exactly the images that have the package, moves it alone, and exactly those are made again', async () => {
    serve(await mirrorThat(false));
    // A lock without packages must not result in a good answer.
    await workspace.aib('plan', WITH);
    for (const more of [[], ['--locked'], [WITH]])
      expect(await workspace.aib('security', ...more)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('[AIB_NOT_LOCKED]'),
      });
    expect((await workspace.aib('update')).code).toBe(0);
    const labels = [`${WITH}:packages`, `${WITHOUT}:packages`];
    expect((await workspace.aib('build', ...labels)).code).toBe(0);

    const found = await workspace.aib('security', '--json');
    expect([found.code, found.stderr]).toEqual([3, '']);
    const [only, ...others] = found.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(others).toEqual([]);
    expect(only).toMatchObject({ ids: [ID, 'GHSA-abcd'], package: 'eudev', fixed: FIXED, certain: true });
    const having = await workspace.aib('query', 'kind(packages, rdeps(//...@all, //package/v3.20/.../eudev-*))');
    const images = having.stdout
      .trim()
      .split('\n')
      .map(label => label.replace(':packages', ''));
    expect(only.images.toSorted()).toEqual(images.toSorted());
    expect(images).toContain(WITH);
    expect(images).not.toContain(WITHOUT);

    const table = await workspace.aib('security', WITH, '--locked');
    expect([table.code, table.stdout]).toEqual([
      3,
      expect.stringMatching(new RegExp(`^${ID} +eudev +\\S+ +99-r0 +${WITH}$`, 'm')),
    ]);
    const none = await workspace.aib('security', WITHOUT);
    expect([none.code, none.stdout]).toEqual([0, 'no package of this image has a known vulnerability\n']);

    const asked = await workspace.aib('security', '--explain', ID);
    expect(asked).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^CVE-0000-0042: eudev \S+, fixed in 99-r0\n/),
    });
    expect(asked.stdout).toMatch(/^ {2}\/\/aws\/\S+ and \d+ more: eudev, requested in .*configs\/.*\.conf:\d+:\d+$/m);
    expect(await workspace.aib('security', 'CVE-1-1')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[AIB_NO_VULNERABILITY]'),
    });

    // No mirror has the fixed version yet.
    const early = await workspace.aib('security', '--fix');
    expect([early.code, early.stderr]).toEqual([
      3,
      expect.stringContaining('the mirror has no fixed version for these:'),
    ]);

    serve(await mirrorThat(true));
    const fixed = await workspace.aib('security', '--fix');
    expect([fixed.code, fixed.stdout]).toEqual([0, expect.stringMatching(/^eudev +\S+ +99-r0 +\d+ images$/m)]);
    expect(await workspace.aib('security')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^no package of these \d+ images has a known vulnerability$/m),
    });
    const built = await workspace.aib('build', ...labels, '--json');
    const ran = built.events.flatMap(event => (event.type === 'ran' ? [event.label] : []));
    expect(ran.toSorted()).toEqual([`${WITH}:packages`, `//package/${MAIN}/eudev-99-r0`]);
  });
});
