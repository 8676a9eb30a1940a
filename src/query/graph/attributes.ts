/**
 * The values for `attr(name, …)`: facts of a node, and the merged settings of its variant by a path with dots. Never replaces `{…}`: a
 * setting is matched as it is written in the configuration.
 *
 * A plain setting has one text, a list one for each item, a map one for each entry: `packages` of `packages { chrony = true }` is
 * `chrony = true`. A key may contain dots, so every way to split the path is tried.
 */
import type { MapSetting, Setting } from '../../config/tree/merge.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { nearest } from '../../util/suggest.ts';

export interface AttributeSource {
  readonly facts: ReadonlyMap<string, string>;
  /** The settings of the node's variant; undefined for shared nodes. */
  readonly settings: MapSetting | undefined;
}

/**
 * A name is unknown if it is not a fact of any node, and its first word is not a setting of any variant. `possible` are facts that a node
 * can have, even if no node has them now.
 */
export function attributeReader(
  sources: readonly AttributeSource[],
  possible: readonly string[] = [],
): (name: string) => Result<(node: number) => readonly string[]> {
  return name => {
    const settings = new Set(sources.flatMap(source => source.settings ?? []));
    const isFact = possible.includes(name) || sources.some(({ facts }) => facts.has(name));
    const texts = new Map([...settings].map(each => [each, settingTexts(each, name)]));
    const isKey = [...settings].some(({ entries }) =>
      [...entries.keys()].some(key => key === name || name.startsWith(`${key}.`)),
    );
    if (!isFact && !isKey) return fail(unknown(name, sources, settings));
    return ok(node => {
      const source = sources[node];
      const fact = source?.facts.get(name);
      if (fact !== undefined) return [fact];
      return source?.settings === undefined ? [] : (texts.get(source.settings) ?? []);
    });
  };
}

/** The texts of the settings at a path; empty if there is no setting. */
function settingTexts(root: MapSetting, path: string): readonly string[] {
  const texts: string[] = [];
  for (const [key, setting] of root.entries) {
    if (key === path) texts.push(...textsOf(setting));
    else if (setting.kind === 'map' && path.startsWith(`${key}.`))
      texts.push(...settingTexts(setting, path.slice(key.length + 1)));
  }
  return texts;
}

function textsOf(setting: Setting): readonly string[] {
  switch (setting.kind) {
    case 'scalar':
      return [String(setting.value)];
    case 'list':
      return setting.items.flatMap(textsOf);
    case 'map':
      return [...setting.entries].flatMap(([key, inner]) => {
        const join = inner.kind === 'map' ? '.' : ' = ';
        return textsOf(inner).map(text => `${key}${join}${text}`);
      });
  }
}

function unknown(name: string, sources: readonly AttributeSource[], settings: ReadonlySet<MapSetting>) {
  const known = [
    ...sources.flatMap(({ facts }) => [...facts.keys()]),
    ...[...settings].flatMap(({ entries }) => [...entries.keys()]),
  ];
  const near = nearest(name, known, 3);
  return {
    code: 'AIB_NO_SUCH_ATTRIBUTE',
    what: `Unknown attribute: ${name}`,
    hint:
      near.length > 0
        ? `did you mean ${near.join(' or ')}?`
        : `use a fact (${[...new Set(sources.flatMap(({ facts }) => [...facts.keys()]))].join(', ')}) or the path of a setting, such as disk_size or packages.chrony`,
  } as const;
}
