import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Edge, Label } from '../../engine/model/graph.ts';
import { aibHome } from '../../util/files/home.ts';
import { guestNode, type Stage, stageInputs } from './guest-stage.ts';

const GUEST = join(aibHome(), 'src/guest');
const parts = globSync('**', { cwd: GUEST, withFileTypes: true })
  .filter(entry => entry.isFile())
  .map(entry => join(entry.parentPath, entry.name).slice(GUEST.length + 1));
const text = (part: string): string => readFileSync(join(GUEST, part), 'utf8').replace(/^\s*#.*$/gm, '');
/** Where each function of the guest program is. */
const places = new Map(
  parts.flatMap(part => [...text(part).matchAll(/^(\w+)\(\) \{/gm)].map(([, name = '']) => [name, part])),
);

const edge = (name: string): Edge => ({ label: `//${name}` as Label, output: name });
const MACHINE = {
  kernel: edge('k'),
  initramfs: edge('i'),
  toolbox: edge('t'),
  driver: edge('d'),
  releaseDate: edge('r'),
};

function partsOf(...stages: readonly Stage[]): readonly string[] {
  return Object.keys(stageInputs(stages, MACHINE)).flatMap(path => (path.startsWith('guest/') ? [path.slice(6)] : []));
}

/** Parts whose functions are called from the given ones. */
function calledFrom(known: readonly string[], starts: readonly string[]): readonly string[] {
  const reached = new Set<string>();
  const follow = (source: string): void => {
    for (const [word] of source.matchAll(/\b\w+\b/g)) {
      if (reached.has(word) || !places.has(word)) continue;
      reached.add(word);
      follow(bodyOf(word));
    }
    for (const [, prefix = ''] of source.matchAll(/"(\w+_)\$/g))
      for (const name of places.keys()) if (name.startsWith(prefix)) follow(name);
  };
  for (const start of starts) follow(text(start));
  return [...new Set([...reached].map(name => places.get(name) ?? ''))].filter(part => !known.includes(part));
}

function bodyOf(name: string): string {
  const source = text(places.get(name) ?? '');
  const from = source.search(new RegExp(`^${name}\\(\\) \\{`, 'm'));
  const rest = source.slice(from);
  return rest.slice(rest.indexOf('{'), rest.search(/^\}|\}$/m));
}

describe('the guest program', () => {
  it('is an output for each of its files', () => {
    expect([...guestNode(aibHome()).reads].map(path => path.slice(GUEST.length + 1)).sort()).toEqual([...parts].sort());
  });

  it.each([['base'], ['tree'], ['disk']] as const)('has in the stage %s every part that it calls', stage => {
    const given = partsOf(stage);
    expect(given).toContain(`stages/${stage}`);
    expect(calledFrom(given, ['build', `stages/${stage}`])).toEqual([]);
  });

  it('gives a stage no part that only others call', () => {
    expect(partsOf('base')).not.toContain('grub');
    expect(partsOf('tree', 'disk')).not.toContain('stages/base');
  });
});
