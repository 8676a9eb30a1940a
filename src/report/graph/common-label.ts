/** The common part of many labels, as a label pattern. It is for reading only: it may match more labels than these. */

// `//aws/x86_64/uefi/tiny@3.20:disk` and `//nocloud/x86_64/uefi/tiny@3.19:disk` → `//*/x86_64/uefi/tiny@all:disk`
export function commonLabel(labels: readonly string[]): string {
  const parts = labels.map(partsOf);
  const [first] = parts;
  if (first === undefined) return '';
  const version = parts.every(each => each.version === first.version) ? first.version : '@all';
  const output = parts.every(each => each.output === first.output) ? first.output : ':*';
  return commonPath(parts.map(({ path }) => path.split('/'))) + version + output;
}

function partsOf(label: string): { readonly path: string; readonly version: string; readonly output: string } {
  const [, path = label, version = '', output = ''] = /^(\/\/[^@:]*)(@[^:]*)?(:.*)?$/.exec(label) ?? [];
  return { path, version, output };
}

/** A star where words differ; dots where some paths are longer than others. */
function commonPath(paths: readonly (readonly string[])[]): string {
  const shortest = Math.min(...paths.map(path => path.length));
  const longest = Math.max(...paths.map(path => path.length));
  const [first = []] = paths;
  const words = first.slice(0, shortest).map((word, at) => (paths.every(path => path[at] === word) ? word : '*'));
  return [...words, ...(longest > shortest ? ['...'] : [])].join('/');
}
