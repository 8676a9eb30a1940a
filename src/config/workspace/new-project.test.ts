import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { aibHome } from '../../util/files/home.ts';
import { loadTree } from '../tree/config-tree.ts';
import { nameVariants } from '../tree/label.ts';
import { resolveMatrix } from '../tree/variants.ts';
import { makeProject } from './new-project.ts';
import { layersOf } from './workspace-layers.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aib-init-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const home = aibHome();

function matrixOf(workspace: string) {
  const layers = layersOf({ folder: workspace, home, cache: '', localConfig: '' });
  const tree = loadTree(layers.ok ? layers.value : expect.unreachable());
  const matrix = resolveMatrix(tree.ok ? tree.value.root : expect.unreachable(JSON.stringify(tree)));
  return matrix.ok ? matrix.value : expect.unreachable();
}

it('makes a project of one variant a version, with an id and a script of its own, on top of the built-in tree', () => {
  const made = makeProject(join(folder, 'my images'), matrixOf(home).dimensions);
  const project = made.ok ? made.value : expect.unreachable();
  expect(project.label).toBe('//nocloud/x86_64/uefi/tiny');
  const script = join(project.folder, 'scripts/setup-my-images');
  expect(statSync(script).mode & 0o111).toBe(0o111);

  const variants = nameVariants(matrixOf(project.folder));
  expect(variants.length).toBeGreaterThan(1);
  expect(new Set(variants.map(({ name }) => name.replace(/@.*/, '')))).toEqual(new Set([project.label]));
  expect(variants.map(({ version }) => version)).not.toContain('edge');
  const scripts = variants[0]?.variant.settings.entries.get('scripts');
  const names = scripts?.kind === 'list' ? scripts.items.map(item => item.kind === 'scalar' && item.value) : [];
  expect(names).toEqual(expect.arrayContaining(['setup', 'setup-my-images']));
  expect(names.at(-1)).toBe('cleanup');
});

it.each([
  ['Héllo wörld', 'Hello-world', 'hello-world'],
  ['my_images', 'my_images', 'my-images'],
  ['-.-', 'images', 'images'],
  ['Ω', 'images', 'images'],
  ['v1.2', 'v1.2', 'v1-2'],
])('names its images %j after the folder, and their machines as a machine may be named', (folderName, name, host) => {
  const made = makeProject(join(folder, 'named', folderName), []);
  if (!made.ok) return expect.unreachable(made.error.what);
  const at = (file: string) => readFileSync(join(made.value.folder, file), 'utf8');
  expect(at('configs/images.conf')).toContain(`name = ["{cloud}_${name}", "{release}"]`);
  expect(at(`scripts/setup-${name.toLowerCase()}`)).toContain(`echo '${host}' >/etc/hostname`);
});

it('gives every project an id that no other has', () => {
  const text = (name: string) => readFileSync(join(folder, name, 'configs/images.conf'), 'utf8');
  for (const name of ['one', 'two']) makeProject(join(folder, name), []);
  const ids = ['one', 'two'].map(name => /^project = "(urn:uuid:[-0-9a-f]{36})"$/m.exec(text(name))?.[1]);
  expect(ids[0]).toBeDefined();
  expect(ids[0]).not.toBe(ids[1]);
});

it('touches nothing where a project is already', () => {
  makeProject(folder, []);
  const before = readFileSync(join(folder, 'configs/images.conf'), 'utf8');
  expect(makeProject(folder, [])).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_EXISTS' } });
  expect(readFileSync(join(folder, 'configs/images.conf'), 'utf8')).toBe(before);
  expect(existsSync(join(folder, '.gitignore'))).toBe(true);
});

it('says where it cannot write', () => {
  // A file in place of a folder stops root, too.
  writeFileSync(join(folder, 'file'), '');
  const made = makeProject(join(folder, 'file/project'), matrixOf(home).dimensions);
  expect(made).toMatchObject({ ok: false, error: { code: 'AIB_CANNOT_WRITE', where: join(folder, 'file/project') } });
});
