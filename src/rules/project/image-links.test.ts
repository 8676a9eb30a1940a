import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeExampleProject } from '../../../test/example-project.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { findWorkspace } from '../../config/workspace/workspace.ts';
import { statTuple } from '../../store/content/stat-tuple.ts';
import type { ProjectPlace } from '../../store/projects/known-projects.ts';
import { openStore } from '../../store/store.ts';
import { formatFailure } from '../../util/failure.ts';
import { variantLabel } from '../labels.ts';
import { type LinkRequest, linkImages } from './image-links.ts';
import { loadProject } from './project.ts';

const VARIANT = '//aws/x86_64/uefi/tiny@3.20';

/** A built image, for its folder. */
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
  const [image, sha512, metadata] = [put('image'), put('00\n'), put('{}')];
  const outputs = new Map([
    [variantLabel(VARIANT, 'image'), { image, sha512 }],
    [variantLabel(VARIANT, 'metadata'), { metadata }],
  ]);
  const copyTo = join(folder, 'out');
  /** As in a later process, which has checked no blob yet. */
  const linksOf = async (more: Partial<ImageConfig>, place?: ProjectPlace, provenance?: LinkRequest['provenance']) => {
    const owner = place === undefined ? {} : { project: place };
    const again = openStore(workspace.value.cache, { now: Date.now, onNotice: () => {}, ...owner });
    if (!again.ok) throw new Error(formatFailure(again.error));
    const configs = project.value.configs.map(config => ({ ...config, ...more }));
    const request = {
      project: { ...project.value, configs },
      store: again.value,
      outputs,
      variants: [VARIANT],
      signal: new AbortController().signal,
      copyTo,
      ...(provenance === undefined ? {} : { provenance }),
    };
    return linkImages(request).finally(() => again.value.close());
  };
  const link = async () => {
    const linked = await linksOf({});
    if (!linked.ok || linked.value[0] === undefined) throw new Error('nothing was linked');
    return linked.value[0].files;
  };
  const files = await link();
  const relink = async (): Promise<readonly string[]> =>
    [...(await link()).keys()].filter(path => !path.includes('/blobs/'));
  const hasChanged = (): boolean => [...files].some(([path, tuple]) => statTuple(path) !== tuple);
  return { blobs: store.value.blobs, image, sha512, metadata, files, copyTo, hasChanged, linksOf, relink };
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

test.each(['sha512', 'metadata'] as const)(
  'the image is linked when the %s is gone that nobody asked for, and nothing of an older one stays beside it',
  async name => {
    const made = await publish();
    const { blobs, relink } = made;
    const ending = { sha512: '.sha512', metadata: '.json' }[name];
    const isThere = (): boolean => [...made.files.keys()].some(path => path.endsWith(ending) && existsSync(path));
    rmSync(blobs.path(made[name].digest));
    // Beside the same image, a checksum stays valid.
    expect((await relink()).some(path => path.endsWith(ending))).toBe(name === 'sha512');
    for (const path of made.files.keys())
      if (path.endsWith('.sha512') && !path.includes('/out/')) writeFileSync(path, 'ff  of another image\n');
    rmSync(made.copyTo, { recursive: true });
    const files = await relink();
    expect(files.some(path => path.endsWith('.vhd'))).toBe(true);
    expect(files.some(path => path.endsWith(ending))).toBe(false);
    expect(isThere()).toBe(false);
  },
);

test.each(['../../../x', '/tmp/x', 'a/b', '..', '.', '', 'a\nb', 'x'.repeat(300)])(
  'an image whose name is %j is not linked, wherever the name comes from',
  async name => {
    const { relink, linksOf } = await publish();
    expect(await linksOf({ name })).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_PATH' } });
    expect(await linksOf({ cloud: name })).toMatchObject({ ok: false, error: { code: 'AIB_CONFIG_PATH' } });
    expect(await relink()).toHaveLength(6);
  },
);

test('the provenance is a file of its own, written where it has changed, and goes where the image goes', async () => {
  const { linksOf, copyTo } = await publish();
  const seen: (string | undefined)[] = [];
  const linkWith = async (text: string) => {
    const linked = await linksOf({}, undefined, async ({ sha512, before }) => {
      seen.push(sha512, before);
      return text;
    });
    if (!linked.ok) throw new Error(formatFailure(linked.error));
    const [file = expect.unreachable(), copy] = [...(linked.value[0]?.files.keys() ?? [])].filter(path =>
      path.endsWith('.provenance.json'),
    );
    expect(copy).toBe(join(copyTo, basename(file)));
    expect([readFileSync(file, 'utf8'), readFileSync(copy ?? '', 'utf8')]).toEqual([text, text]);
    return statTuple(file);
  };
  const first = await linkWith('one');
  expect(await linkWith('one')).toBe(first);
  expect(await linkWith('two')).not.toBe(first);
  expect(seen).toEqual(['00', undefined, '00', 'one', '00', 'one']);
});

test('another project that shares the store has its links elsewhere, also to an image of the same name', async () => {
  const made = await publish();
  const own = (await made.relink()).filter(path => path.includes('/images/') && !path.includes('/blobs/')).toSorted();
  const place = { folder: join(made.copyTo, '../../elsewhere'), ownsStore: false };
  const linked = await made.linksOf({}, place);
  if (!linked.ok) throw new Error(formatFailure(linked.error));
  const others = linked.value.flatMap(({ files }) =>
    [...files.keys()].filter(path => path.includes('/images/') && !path.includes('/blobs/')),
  );
  expect(others.toSorted()).toEqual(
    own.map(path =>
      path.replace('/.cache/images/', `/.cache/projects/${/projects\/([^/]*)/.exec(others[0] ?? '')?.[1]}/images/`),
    ),
  );
  expect(own[0]).toMatch(/\/\.cache\/images\/aws\//);
  expect([...own, ...others].every(path => existsSync(path))).toBe(true);
});
