import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { label, makeRig } from '../../../test/engine/rig.ts';
import { makeRaw } from '../../formats/fixtures.ts';
import { packDisk } from '../../formats/packed-disk.ts';
import { rawDisk } from '../../formats/raw.ts';
import { testConfig } from '../test-config.ts';
import { imageNode } from './image.ts';
import { sourceNode } from './source.ts';

/** A disk of 8 MiB with something at its start, in its middle and at its end, in the form of its action; `raw` is the same as a raw image. */
async function makeDisk(folder: string) {
  const [raw, path] = [join(folder, 'disk.raw'), join(folder, 'disk')];
  const patches = [0, 4_000_000, 8_388_600].map(at => ({ at, bytes: Buffer.from('data') }));
  await packDisk(rawDisk(makeRaw(raw, 8 << 20, patches)), path);
  return { raw, node: sourceNode({ label: label('disk'), path }) };
}

describe('an image', () => {
  it.each([
    ['image_format = qcow2', 'qcow2', 'qcow2'],
    ['image_format = vhd', 'vpc', 'dynamic'],
    ['image_format = vhd, image_format_opts { "vhd/fixed_force-size" = true }', 'vpc', 'fixed'],
    ['image_format = raw', 'raw', 'raw'],
  ])('with %s has the bytes of its disk, and its checksum is right', async (text, format) => {
    const rig = makeRig();
    const disk = await makeDisk(rig.folder);
    const image = imageNode({
      label: label('image'),
      config: testConfig(text),
      epoch: 1_725_580_800,
      disk: { label: label('disk'), output: 'file' },
    });
    const built = await rig.build([disk.node, image], [], {
      targets: [{ label: label('image'), outputs: ['image', 'sha512'] }],
    });
    expect(built.status).toBe('done');
    const path = (name: string, output: string): string =>
      rig.store.blobs.path(built.outputs.get(label(name))?.[output]?.digest ?? expect.unreachable());
    execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', format, disk.raw, path('image', 'image')]);
    const [sum] = execFileSync('sha512sum', [path('image', 'image')], { encoding: 'utf8' }).split(' ');
    expect(await rig.text(built, 'image', 'sha512')).toBe(`${sum}\n`);
  });

  it('of another format or identity is another action, of another name or description the same', async () => {
    const rig = makeRig();
    const disk = await makeDisk(rig.folder);
    const build = (text: string) => {
      const image = imageNode({
        label: label('image'),
        config: testConfig(text),
        epoch: 1_725_580_800,
        disk: { label: label('disk'), output: 'file' },
      });
      return rig.build([disk.node, image], [], { targets: [{ label: label('image'), outputs: ['image'] }] });
    };
    expect((await build('image_format = vhd')).started).toEqual(['//image']);
    expect((await build('image_format = vhd, description = [other], name = [other]')).started).toEqual([]);
    expect((await build('image_format = vhd, project = "https://example.org"')).started).toEqual(['//image']);
    expect((await build('image_format = raw')).started).toEqual(['//image']);
  });
});
