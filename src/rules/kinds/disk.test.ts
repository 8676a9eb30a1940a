import { describe, expect, it } from 'vitest';
import { parseHocon } from '../../config/hocon/parse.ts';
import { type ImageConfig, imageConfig } from '../../config/image/image-config.ts';
import { nameVariants } from '../../config/tree/label.ts';
import { resolveMatrix } from '../../config/tree/variants.ts';
import type { Edge, Label, Outputs } from '../../engine/model/graph.ts';
import { diskNode } from './disk.ts';
import { overlayNode } from './overlay.ts';

const DIMENSIONS =
  'Dimensions { version { "3.20" {} }, arch { x86_64 {} }, firmware { uefi {} }, bootstrap { tiny {} }, cloud { aws {} } }';

function config(text: string): ImageConfig {
  const root = parseHocon(
    `Default { project = p, disk_size = [9] }\n${DIMENSIONS}\nMandatory { ${text} }`,
    'test.conf',
  );
  const matrix = resolveMatrix(root.ok ? root.value : expect.unreachable());
  const [variant] = nameVariants(matrix.ok ? matrix.value : expect.unreachable());
  const facts = { release: '3.20.3', endOfLife: '2026-04-01', sample: false };
  const result = imageConfig(variant ?? expect.unreachable(), facts);
  return result.ok ? result.value : expect.unreachable(result.error.what);
}

const edge = (output: string): Edge => ({ label: `//${output}` as Label, output });
const inputs = ['kernel', 'initramfs', 'packages', 'toolbox.iso', 'overlay.tar', 'tree', 'drive.mjs', 'release date'];
const artifacts: Outputs = Object.fromEntries(
  inputs.map(name => [name, { type: 'file', digest: { hash: 'a'.repeat(64), size: 1 } }]),
) as unknown as Outputs;

/** All parts of the keys of disk and overlay. */
function preimages(text: string): string {
  const common = { config: config(text), label: '//x:disk' as Label };
  const disk = diskNode({
    ...common,
    epoch: 1,
    kernel: edge('kernel'),
    initramfs: edge('initramfs'),
    packages: edge('packages'),
    toolbox: edge('toolbox'),
    overlay: edge('overlay'),
    releaseDate: edge('date'),
    base: edge('tree'),
    driver: edge('driver'),
  });
  const overlay = overlayNode({ ...common, release: '3.20.3', scripts: new Map(), scriptDirs: new Map() });
  const prepared = [disk.prepare(artifacts), overlay.prepare({})];
  return JSON.stringify(
    prepared.map(each => (each.ok ? each.value.spec : expect.unreachable())),
    (_key, value) => (value instanceof Map ? [...value] : value),
  );
}

describe('the key of a disk', () => {
  it.each([
    'name = [other]',
    'description = [other]',
    'access { PUBLIC = false }',
    'regions { ALL = true }',
    'encrypted = true',
    'storage_url = "ssh://x", download_url = "https://x", signing_cmd = x, release_cmd = x, userhost = x',
    'cloud_name = x, cloud_region_url = x, cloud_launch_url = x, end_of_life = 2030-01-01',
    'image_format = raw, image_compress = bz2, image_format_opts = vhd/force-size',
    'qemu { memory = 4096, cpus = 8, machine_type = virt, args = [[-x]], firmware = f }',
    'repo_keys = ["https://x"]',
  ])('has nothing of %s', text => {
    expect(preimages(text)).toBe(preimages(''));
  });

  it.each([
    'disk_size = [1]',
    'login = x',
    'motd { a = x }',
    'kernel_options { quiet = true }',
    'scripts = [x]',
    'project = x',
  ])('has %s', text => expect(preimages(text)).not.toBe(preimages('')));
});
