/**
 * An image, its import, and copies of the import, in an account that a folder simulates:
 *
 *     text ──► disk ──► import ──► copy/east
 *                └────────┴──────► copy/west
 */
import { join } from 'node:path';
import { type Label, type Node, OBJECT } from '../../src/engine/model/graph.ts';
import { commandNode } from '../../src/rules/kinds/command.ts';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import type { Account, Item } from './account.ts';
import { copyNode, importNode, type Place } from './provider.ts';

const REGIONS = ['home', 'east', 'west'];
export const OBJECTS = ['import', 'copy/east', 'copy/west'];

export const TARGETS = OBJECTS.map(name => ({ label: `//${name}` as Label, outputs: [OBJECT] }));

/** The disk is made from the file `text` in the folder. */
export function imageNodes(folder: string, account: Account): readonly Node[] {
  const place = (region: string): Place => ({ account, region, name: 'image', regions: REGIONS });
  const [text, diskLabel, image] = ['//text', '//disk', '//import'] as [Label, Label, Label];
  const disk = { label: diskLabel, output: 'out' };
  return [
    sourceNode({ label: text, path: join(folder, 'text') }),
    commandNode({
      label: diskLabel,
      arguments: ['cp', 'text', 'out'],
      inputs: { text: { label: text, output: 'file' } },
      outputs: { out: { type: 'file', path: 'out' } },
    }),
    importNode(image, disk, place('home')),
    ...['east', 'west'].map(region => copyNode(`//copy/${region}` as Label, { disk, image }, place(region))),
  ];
}

/** Sentences about faults in an account: two objects for one identity, or an unused part of a finished object. */
export function faultsOf(items: readonly Item[], options: { readonly isFinished: boolean }): readonly string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const { type, region, tags, sharedWith } of items) {
    const what = `${type} ${tags.identity?.slice(0, 8)} in ${region}`;
    if (seen.has(what)) faults.push(`there are two of ${what}`);
    seen.add(what);
    if (options.isFinished && type === 'image' && sharedWith.length === 0) faults.push(`${what} is not shared`);
  }
  if (!options.isFinished) return faults;
  const used = new Set(items.map(({ from }) => from));
  for (const { id, type } of items) if (type === 'snapshot' && !used.has(id)) faults.push(`no image was made of ${id}`);
  const contents = new Set(items.map(({ content }) => content));
  const images = items.filter(({ type }) => type === 'image');
  if (images.length !== contents.size * REGIONS.length)
    faults.push(`${images.length} images of ${contents.size} contents, in ${REGIONS.length} regions`);
  return faults;
}
