import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { label, makeRig, shell } from '../../../test/engine/rig.ts';
import { testConfig } from '../test-config.ts';
import { imageNode } from './image.ts';

// A disk of 8 MiB with something at its start, in its middle and at its end.
const disk = shell(
  'disk',
  'truncate -s 8M out; for at in 0 4000000 8388600; do printf data | dd of=out bs=1 seek=$at conv=notrunc; done',
);

describe('an image', () => {
  it.each([
    ['image_format = qcow2', 'qcow2', 'qcow2'],
    ['image_format = vhd', 'vpc', 'dynamic'],
    ['image_format = vhd, image_format_opts { "vhd/fixed_force-size" = true }', 'vpc', 'fixed'],
    ['image_format = raw', 'raw', 'raw'],
  ])('with %s has the bytes of its disk, and its checksum is right', async (text, format) => {
    const rig = makeRig();
    const image = imageNode({
      label: label('image'),
      config: testConfig(text),
      epoch: 1_725_580_800,
      disk: { label: label('disk'), output: 'out' },
    });
    const built = await rig.build([disk, image], [], {
      targets: [
        { label: label('image'), outputs: ['image', 'sha512'] },
        { label: label('disk'), outputs: ['out'] },
      ],
    });
    expect(built.status).toBe('done');
    const path = (name: string, output: string): string =>
      rig.store.blobs.path(built.outputs.get(label(name))?.[output]?.digest ?? expect.unreachable());
    execFileSync('qemu-img', ['compare', '-f', 'raw', '-F', format, path('disk', 'out'), path('image', 'image')]);
    const [sum] = execFileSync('sha512sum', [path('image', 'image')], { encoding: 'utf8' }).split(' ');
    expect(await rig.text(built, 'image', 'sha512')).toBe(`${sum}\n`);
  });

  it('of another format or identity is another action, of another name or description the same', async () => {
    const rig = makeRig();
    const build = (text: string) => {
      const image = imageNode({
        label: label('image'),
        config: testConfig(text),
        epoch: 1_725_580_800,
        disk: { label: label('disk'), output: 'out' },
      });
      return rig.build([disk, image], [], { targets: [{ label: label('image'), outputs: ['image'] }] });
    };
    expect((await build('image_format = vhd')).started).toEqual(['//disk', '//image']);
    expect((await build('image_format = vhd, description = [other], name = [other]')).started).toEqual([]);
    expect((await build('image_format = vhd, project = "https://example.org"')).started).toEqual(['//image']);
    expect((await build('image_format = raw')).started).toEqual(['//image']);
  });
});
