/** `aib diff` of images that aib built: in every image format, equal content is equal, and differences are named. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { makeWorkspace } from './workspace.ts';

const TINY = '//nocloud/x86_64/uefi/tiny';
const OTHER = '//nocloud/x86_64/bios/tiny';

describe('the difference of images', () => {
  const workspace = makeWorkspace(inject('sample'));
  const files = join(workspace.folder, 'files');
  beforeAll(async () => {
    mkdirSync(files);
    const built = await workspace.aib('build', TINY);
    expect(built.code, built.stderr).toBe(0);
    const [image = ''] = readdirSync(join(workspace.folder, '.cache/images/nocloud'));
    copyFileSync(join(workspace.folder, '.cache/images/nocloud', image, `${image}.qcow2`), join(files, 'old.qcow2'));
  }, 300_000);

  it('is none between a disk and the image that was made of it', async () => {
    const compared = await workspace.aib('diff', `${TINY}:disk`, join(files, 'old.qcow2'));
    expect([compared.stdout, compared.code]).toEqual(['bit-identical\n', 0]);
  });

  it('names the file that a script changed, the lines, and nothing else of files', async () => {
    workspace.edit('scripts/setup-tiny', text => `${text}echo new >"$TARGET/etc/aib-diff"\n`);
    const compared = await workspace.aib('diff', join(files, 'old.qcow2'), TINY);
    expect([compared.code, compared.stderr]).toEqual([3, expect.any(String)]);
    expect(compared.stdout.split('\n')[0]).toBe('same packages');
    expect(compared.stdout).toMatch(/^2 root, ext4: .*1 added$/m);
    expect(compared.stdout).toContain('\n  + /etc/aib-diff\n');
  }, 120_000);

  it('of two kinds of firmware names partition table, boot code and what is on one side alone', {
    tags: ['full'],
    timeout: 120_000,
  }, async () => {
    const compared = await workspace.aib('diff', TINY, OTHER, '--json');
    expect(compared.code).toBe(3);
    const { verdict, table, partitions } = JSON.parse(compared.stdout);
    expect(['same packages', 'different']).toContain(verdict);
    expect(table.map(({ name }: { name: string }) => name)).toContain('kind');
    expect(partitions.length).toBeGreaterThan(0);
  });

  it('looks into the initramfs, and puts both sides onto one page', async () => {
    workspace.edit('scripts/setup-tiny', text => `${text}echo new >"$TARGET/etc/modprobe.d/aib-diff.conf"\n`);
    const page = join(files, 'page.html');
    const compared = await workspace.aib('diff', join(files, 'old.qcow2'), TINY, '-o', page);
    expect([compared.code, compared.stdout]).toEqual([3, '']);
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('<h1>same packages</h1>');
    expect(text).toMatch(/~ \/boot\/initramfs-\w+<.*~ unpacked<.*\+ etc\/modprobe\.d\/aib-diff\.conf</s);
  }, 120_000);

  it('says in words that a file is no image, or is gone', async () => {
    rmSync(join(files, 'gone'), { force: true });
    const none = await workspace.aib('diff', join(files, 'old.qcow2'), join(files, 'gone'));
    expect(none.code).toBe(2);
    const folder = await workspace.aib('diff', join(files, 'old.qcow2'), files);
    expect([folder.code, folder.stderr]).toEqual([1, expect.stringContaining('[AIB_IMAGE_DAMAGED]')]);
  });
});
