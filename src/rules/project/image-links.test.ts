import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeExampleProject } from '../../../test/example-project.ts';
import { findWorkspace } from '../../config/workspace/workspace.ts';
import { statTuple } from '../../store/content/stat-tuple.ts';
import { openStore } from '../../store/store.ts';
import { formatFailure } from '../../util/failure.ts';
import { variantLabel } from '../labels.ts';
import { linkImages } from './image-links.ts';
import { loadProject } from './project.ts';

const VARIANT = '//aws/x86_64/uefi/tiny@3.20';

/** An image that was built, as its folder gets it. */
async function publish() {
  const folder = makeExampleProject();
  const workspace = findWorkspace(folder);
  if (!workspace.ok) throw new Error(formatFailure(workspace.error));
  const project = await loadProject(workspace.value, {
    today: () => expect.unreachable('the lock is there'),
    signal: new AbortController().signal,
    onNotice: () => {},
  });
  if (!project.ok) throw new Error(formatFailure(project.error));
  const store = openStore(workspace.value.cache, { now: Date.now, onNotice: () => {} });
  if (!store.ok) throw new Error(formatFailure(store.error));
  onTestFinished(() => {
    store.value.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const put = (text: string) => ({ type: 'file', digest: store.value.blobs.putBytes(text) }) as const;
  const [image, sha512, metadata] = [put('image'), put('00'), put('{}')];
  const outputs = new Map([
    [variantLabel(VARIANT, 'image'), { image, sha512 }],
    [variantLabel(VARIANT, 'metadata'), { metadata }],
  ]);
  const copyTo = join(folder, 'out');
  const linked = await linkImages({
    project: project.value,
    store: store.value,
    outputs,
    variants: [VARIANT],
    copyTo,
  });
  if (!linked.ok || linked.value[0] === undefined) throw new Error('nothing was linked');
  const { files } = linked.value[0];
  const hasChanged = (): boolean => [...files].some(([path, tuple]) => statTuple(path) !== tuple);
  return { blobs: store.value.blobs, image, metadata, files, hasChanged };
}

test('an image is a link, its checksum and its metadata, and copies of all three', async () => {
  const { files, hasChanged } = await publish();
  const names = [...files.keys()].map(path => path.replace(/^.*\.(?=vhd|json)/, ''));
  for (const name of ['vhd', 'json', 'vhd.sha512']) expect(names.filter(each => each === name)).toHaveLength(2);
  expect(hasChanged()).toBe(false);
});

test.each(['image', 'metadata'] as const)(
  'what was made has changed if the %s that a link leads to is gone',
  async name => {
    const { blobs, hasChanged, ...made } = await publish();
    rmSync(blobs.path(made[name].digest));
    expect(hasChanged()).toBe(true);
  },
);
