import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync, rmSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { makeWorkspace } from './workspace.ts';

const LABEL = '//aws/x86_64/uefi/tiny';
const NAME = 'aws_alpine-3.20.3-x86_64-uefi-tiny-sample-r0';

// Each test continues from the end of the previous one, as a user would.
describe('the main job, from nothing to a booted image', () => {
  const workspace = makeWorkspace(inject('sample'));
  const image = workspace.path('.cache/images/aws', NAME, `${NAME}.vhd`);

  it('builds an image and everything that it stands on', async () => {
    const built = await workspace.aib('build', LABEL, '--json');
    expect(built.stderr).toContain('creating the lock');
    expect(built.code).toBe(0);
    const once = [...new Set(built.ran)];
    const [made, fetched] = [
      ['base', 'base-packages', 'disk', 'image'],
      ['index', 'iso', 'metadata', 'overlay'],
    ];
    expect(once).toEqual([...made, ...fetched, 'package', 'packages', 'toolbox']);
    // Each package is a separate node, fetched once for the image and the tools that make it.
    const labels = built.events.flatMap(event => (event.type === 'ran' ? [event.label] : []));
    expect(new Set(labels).size).toBe(labels.length);
    expect(labels).toContainEqual(expect.stringMatching(/^\/\/package\/v3\.20\/main\/x86_64\/busybox-\d/));
    expect(existsSync(image)).toBe(true);
  });

  it('writes the checksum and the metadata beside it', () => {
    const sum = createHash('sha512').update(readFileSync(image)).digest('hex');
    expect(readFileSync(`${image}.sha512`, 'utf8')).toBe(`${sum}  ${NAME}.vhd\n`);
    const metadata = JSON.parse(readFileSync(workspace.path('.cache/images/aws', NAME, `${NAME}.json`), 'utf8'));
    expect(metadata).toMatchObject({
      name: NAME,
      release: '3.20.3',
      arch: 'x86_64',
      mirror_root: 'sample',
      image: { sha512: sum },
    });
    expect(Object.keys(metadata.packages)).toEqual(
      expect.arrayContaining(['alpine-base', 'busybox', 'linux-virt', 'tiny-cloud-aws']),
    );
    expect(metadata.packages).not.toHaveProperty('sudo');
  });

  it('is a disk that QEMU reads, with the size that was configured', () => {
    const info = JSON.parse(
      execFileSync('qemu-img', ['info', '-f', 'vpc', '--output=json', image], { encoding: 'utf8' }),
    );
    expect(info['virtual-size']).toBe(132 * 1024 * 1024);
  });

  it('has nothing to do the second time, and does not even look at the mirror or the database', async () => {
    // The first build wrote the lock, so its snapshot may have been too recent to be trusted.
    expect((await workspace.aib('build', LABEL, '--json')).ran).toEqual([]);
    const again = await workspace.aib('build', LABEL, '--mirror', inject('sample'));
    expect(again.code).toBe(0);
    expect(again.stderr).toMatch(/up to date: \d+ nodes, nothing to do/);
  });

  it('comes out of the store alone with --offline; what that does not have is named', async () => {
    const lock = readFileSync(workspace.path('aib.sample.lock'), 'utf8');
    expect(await workspace.aib('build', LABEL, '--offline', '--locked')).toMatchObject({ code: 0 });
    const other = '//nocloud/x86_64/uefi/tiny';
    const unlocked = await workspace.aib('build', other, '--locked');
    expect([unlocked.code, unlocked.stderr]).toEqual([
      1,
      expect.stringMatching(/The lock does not contain the packages of .*, and --locked was given/),
    ]);
    expect(readFileSync(workspace.path('aib.sample.lock'), 'utf8')).toBe(lock);
    // The package set is resolved from the existing indexes; the packages are missing.
    const offline = await workspace.aib('build', other, '--offline', '--json');
    expect(offline.code).toBe(1);
    const failures = offline.events.flatMap(event => (event.type === 'failed' ? [[event.kind, event.failure]] : []));
    expect(failures).toEqual([
      ['package', expect.objectContaining({ code: 'AIB_OFFLINE', where: expect.stringMatching(/\.apk$/) })],
    ]);
  });

  it('rebuilds nothing for a touched script or a comment in the configuration', async () => {
    utimesSync(workspace.path('scripts/setup'), new Date(), new Date());
    workspace.edit('configs/cloud/aws.conf', text => `# a remark\n${text}`);
    expect((await workspace.aib('build', LABEL, '--json')).ran).toEqual([]);
  });

  it('starts no machine for another description', async () => {
    workspace.edit('configs/images.conf', text =>
      text.replace('Alpine Linux {release} {arch_name}', 'Alpine {release}'),
    );
    expect((await workspace.aib('build', LABEL, '--json')).ran).toEqual(['metadata']);
  });

  it('boots to the login prompt, and remembers that it did', async () => {
    const booted = await workspace.aib('boot', LABEL, '--json');
    expect(booted.code).toBe(0);
    expect(booted.ran).toEqual(['boot', 'firmware', 'package']);
    expect((await workspace.aib('boot', LABEL, '--json')).ran).toEqual([]);
  });

  it('lists what the image consists of, for people and for other programs', async () => {
    const metadata = JSON.parse(readFileSync(workspace.path('.cache/images/aws', NAME, `${NAME}.json`), 'utf8'));
    const document = JSON.parse((await workspace.aib('sbom', LABEL, '--output', 'cyclonedx')).stdout);
    const listed = document.components.map(({ name, version }: Record<string, string>) => [name, version]);
    expect(listed).toEqual(Object.entries(metadata.packages));
    expect(document.metadata.component.hashes).toEqual([{ alg: 'SHA-256', content: metadata.image.sha256 }]);
    const spdx = JSON.parse((await workspace.aib('sbom', LABEL, '--output', 'spdx')).stdout);
    expect(spdx.packages).toHaveLength(listed.length + 1);
    const table = await workspace.aib('sbom', LABEL);
    expect(table).toMatchObject({ code: 0, stdout: expect.stringMatching(/^linux-virt +6\./m) });
    expect(await workspace.aib('sbom', '--diff', LABEL, LABEL)).toMatchObject({
      code: 0,
      stdout: 'the same packages\n',
    });
    expect((await workspace.aib('build', `${LABEL}:sbom`, '--json')).ran).toEqual([]);
  });

  it('makes only the image again when its blob is gone', async () => {
    rmSync(resolve(join(image, '..'), readlinkSync(image)));
    const built = await workspace.aib('build', LABEL, '--json');
    expect(built.ran).toEqual(['image']);
    expect(built.events.find(event => event.type === 'running')).toMatchObject({
      reason: 'its output image is missing',
    });
  });

  it('leaves a missing disk alone until something needs it', async () => {
    const metadata = JSON.parse(readFileSync(workspace.path('.cache/images/aws', NAME, `${NAME}.json`), 'utf8'));
    const blob = metadata.disk.sha256 as string;
    rmSync(workspace.path('.cache/blobs', blob.slice(0, 2), blob));
    workspace.edit('configs/cloud/aws.conf', text => `# another remark\n${text}`);
    expect((await workspace.aib('build', LABEL, '--json')).ran).toEqual([]);
  });

  it('rebuilds exactly overlay, disk, image and boot for another message of the day', async () => {
    workspace.edit('configs/cloud/aws.conf', text => `${text}\nmotd { cloud = "Hello from the cloud" }\n`);
    const built = await workspace.aib('boot', LABEL, '--json');
    expect(built.ran).toEqual(['boot', 'disk', 'image', 'overlay']);
    const reasons = built.events.flatMap(event => (event.type === 'running' ? [[event.kind, event.reason]] : []));
    expect(reasons).toEqual([
      ['overlay', 'MOTD changed'],
      ['disk', 'input overlay.tar changed'],
      ['image', 'input disk changed'],
      ['boot', 'input image changed'],
    ]);
  });
});
