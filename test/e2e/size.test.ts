/** `aib size` of images that aib built: all bytes are accounted for, and packages, files and wishes match the image. */
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { diskTool } from '../../src/verify/reading/reading-fixtures.ts';
import type { ImageSize } from '../../src/verify/size/image-size.ts';
import type { SizeDifference } from '../../src/verify/size/size-difference.ts';
import { makeWorkspace } from './workspace.ts';

const TINY = '//nocloud/x86_64/uefi/tiny';
const lacks = diskTool('debugfs', ['-V']).status !== 0;

describe('the sizes of images', () => {
  const workspace = makeWorkspace(inject('sample'));
  const old = join(workspace.folder, 'old.qcow2');
  const sizeOf = async (...words: readonly string[]): Promise<ImageSize> => {
    const { stdout, stderr, code } = await workspace.aib('size', ...words, '--json');
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as ImageSize;
  };
  beforeAll(async () => {
    const built = await workspace.aib('build', TINY);
    expect(built.code, built.stderr).toBe(0);
    const [image = ''] = readdirSync(workspace.path('.cache/images/nocloud'));
    copyFileSync(workspace.path('.cache/images/nocloud', image, `${image}.qcow2`), old);
  }, 300_000);

  it('come to the whole disk, whatever form it lies in', async () => {
    const size = await sizeOf(TINY);
    expect(size.uses.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(size.size);
    expect(size.uses.map(({ place, use }) => `${place}: ${use}`)).toEqual(
      expect.arrayContaining([
        'efi, FAT12: files',
        'root, ext4: packages',
        'root, ext4: journal',
        'root, ext4: free space',
      ]),
    );
    expect(await sizeOf(`${TINY}:disk`)).toEqual(size);
    const { wishes = [], ...software } = (await sizeOf(old)).software ?? {};
    // For an image file, the configuration is not known.
    expect(wishes.some(({ place }) => place !== undefined)).toBe(false);
    expect(software).toEqual({ ...size.software, wishes: undefined });
  });

  it('name the packages of the bill of materials, and the line that asks for each wish', async () => {
    const { software } = await sizeOf(TINY);
    const { stdout } = await workspace.aib('sbom', TINY, '--json');
    const listed = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { readonly name: string; readonly version: string });
    const versions = software?.packages.map(({ name, version }) => `${name} ${version}`).sort();
    expect(versions).toEqual(listed.map(({ name, version }) => `${name} ${version}`).sort());
    for (const { wish, place } of software?.wishes ?? [])
      expect(`${wish} ${place}`).toMatch(new RegExp(`^${wish} .*/configs/.*\\.conf:\\d+:\\d+$`));
    expect(software?.wishes.find(({ wish }) => wish === 'linux-virt')?.own.packages).toContain('linux-virt');
    expect(software?.unasked.packages).toEqual([]);
    expect(software?.others.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/boot/initramfs-virt', 'efi:/EFI/BOOT/BOOTX64.EFI']),
    );
  });

  it.skipIf(lacks)('agree with debugfs, file by file [needs debugfs]', async () => {
    const { software, uses, size } = await sizeOf(TINY);
    const raw = workspace.path('disk.raw');
    expect(diskTool('qemu-img', ['convert', '-O', 'raw', old, raw]).status).toBe(0);
    const root = `${raw}?offset=${2 << 20}`;
    for (const { path, onDisk, apparent } of (software?.others ?? []).filter(each => each.path.startsWith('/'))) {
      const { stdout } = diskTool('debugfs', ['-R', `stat ${path}`, root]);
      const [, blocks] = /Blockcount: (\d+)/.exec(stdout) ?? [];
      const [, length] = /Size: (\d+)/.exec(stdout) ?? [];
      expect([path, onDisk, apparent]).toEqual([path, 512 * Number(blocks), Number(length)]);
    }
    const { stdout } = diskTool('debugfs', ['-R', 'show_super_stats -h', root]);
    const [, free] = /^Free blocks: +(\d+)$/m.exec(stdout) ?? [];
    const told = uses.find(({ place, use }) => place === 'root, ext4' && use === 'free space')?.bytes ?? size;
    expect(Math.abs(told - 4_096 * Number(free))).toBeLessThanOrEqual(3 * 4_096);
    rmSync(raw);
  });

  it('are told as tables', async () => {
    const { stdout, code } = await workspace.aib('size', TINY, '--depth', '1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^132\.0 MiB, \d+\.\d MiB in use\n\nwhere +what +bytes\n/);
    expect(stdout).toMatch(/^linux-virt +\d.* MiB +\d.* MiB +\d+ {2}\S+\/configs\/images\.conf:\d+:\d+$/m);
    expect(stdout).toMatch(/^\/boot\/initramfs-virt +/m);
    expect(stdout).toMatch(/^\/usr +/m);
    expect(stdout).not.toMatch(/^\/usr\/lib +/m);
  });

  it('differ by the file that a script made, and by nothing of packages', async () => {
    workspace.edit(
      'scripts/setup-tiny',
      text => `${text}head -c 1000000 /dev/zero | tr '\\0' x >"$TARGET/etc/aib-size"\n`,
    );
    const { stdout, code } = await workspace.aib('size', '--diff', old, TINY, '--json');
    expect(code).toBe(0);
    const { size, inUse, software, folders } = JSON.parse(stdout) as SizeDifference;
    expect(size.before).toBe(size.after);
    expect(inUse.after - inUse.before).toBe(1_003_520);
    expect(software).toEqual({ packages: [], others: [{ name: '/etc/aib-size', before: 0, after: 1_003_520 }] });
    expect(folders.map(({ name }) => name)).toEqual(['/', '/etc']);
  }, 120_000);

  it('need one image, or two with --diff, that are there and can be read', async () => {
    const wrong = await workspace.aib('size', old, old);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('[AIB_USAGE]')]);
    const gone = await workspace.aib('size', workspace.path('gone'));
    expect([gone.code, gone.stderr]).toEqual([2, expect.stringContaining('Image not found')]);
    const unknown = await workspace.aib('size', '//nocloud/x86_64/uefi/none');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('[AIB_NO_SUCH_LABEL]')]);
    mkdirSync(workspace.path('folder'));
    const folder = await workspace.aib('size', workspace.path('folder'));
    expect([folder.code, folder.stderr]).toEqual([1, expect.stringContaining('[AIB_IMAGE_DAMAGED]')]);
  });
});
