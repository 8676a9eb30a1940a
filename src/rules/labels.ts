/** The labels of nodes. Only this file composes labels. */
import type { ClosurePackage } from '../alpine/locking/closures.ts';
import { addressWords, isForeign, plainWords } from '../alpine/mirror/foreign-address.ts';
import { isUrl } from '../alpine/mirror/mirror-address.ts';
import type { Label } from '../engine/model/graph.ts';
import { SHARED_WORDS } from './kind.ts';

/** An output of a variant: `//aws/x86_64/uefi/tiny@3.20:disk`. */
export function variantLabel(variant: string, output: string): Label {
  return `${variant}:${output}` as Label;
}

/** `//aws/x86_64/uefi/tiny@3.20:copy/eu-west-1` */
export function copyLabel(variant: string, region: string): Label {
  return variantLabel(variant, `copy/${region}`);
}

export function publishLabel(variant: string, region: string): Label {
  return variantLabel(variant, `publish/${region}`);
}

/** `//aws/x86_64/uefi/tiny@3.20:disk` → `//aws/x86_64/uefi/tiny@3.20`; for a shared node a text that is not the name of a variant. */
export function variantOf(label: string): string {
  return label.replace(/:.*$/, '');
}

/** Whether it is the label of a shared node; tests the first word, because the path of a source may have a colon, too. */
export function isSharedLabel(label: string): boolean {
  const [first = ''] = label.slice('//'.length).split('/');
  return SHARED_WORDS.includes(first);
}

export function releaseLabel(version: string): Label {
  return `//release/${version}` as Label;
}

/** `v3.20/main/x86_64` → `//index/3.20/x86_64/main`; for a foreign repository the unchanged words of its address. */
export function indexLabel(path: string): Label {
  if (isForeign(path)) return `//index/${addressWords(path)}` as Label;
  const [branch = '', repository = '', arch = ''] = path.split('/');
  return `//index/${branch.replace(/^v(?=\d)/, '')}/${arch}/${repository}` as Label;
}

/** `//package/v3.20/main/x86_64/musl-1.2.5-r0`, `//package/packages.example.org/mine/x86_64/hello-1-r0` */
export function packageLabel({ index, name, version }: Pick<ClosurePackage, 'index' | 'name' | 'version'>): Label {
  return `//package/${addressWords(index)}/${name}-${version}` as Label;
}

/**
 * `https://packages.example.org/mine.rsa.pub` → `//source/aib/keys/packages.example.org/mine.rsa.pub`; for a file `project` replaces the
 * host.
 */
export function repositoryKeyLabel(source: string): Label {
  return sourceLabel(`aib/keys/${isUrl(source) ? addressWords(source) : `project/${plainWords(source)}`}`);
}

export function isoLabel(version: string, arch: string): Label {
  return `//iso/${version}/${arch}` as Label;
}

export function toolboxLabel(arch: string): Label {
  return `//toolbox/${arch}` as Label;
}

/** `//base/3.20/x86_64/` and a digest of the names of its packages. */
export function baseLabel(base: string): Label {
  return `//base/${base}` as Label;
}

export function basePackagesLabel(base: string): Label {
  return `//base-packages/${base}` as Label;
}

export function firmwareLabel(arch: string): Label {
  return `//firmware/${arch}` as Label;
}

/** `scripts/setup` → `//source/scripts/setup` */
export function sourceLabel(path: string): Label {
  return `//source/${path}` as Label;
}
