/**
 * Builds the tree of an ISO image before positions are assigned: adds implied parents, checks names, assigns ISO identifiers. Never depends
 * on the order of the entries.
 */
import { compareUtf8 } from '../util/bytes.ts';
import { internal } from '../util/failure.ts';

export type IsoEntry =
  | {
      readonly path: string;
      readonly type: 'file';
      readonly source: IsoSource;
      /** Default 0o644. */
      readonly mode?: number;
    }
  | { readonly path: string; readonly type: 'directory' }
  | { readonly path: string; readonly type: 'symlink'; readonly target: string };

type IsoSource = { readonly file: string } | { readonly bytes: Uint8Array };

export interface IsoDirectory {
  readonly type: 'directory';
  readonly name: string;
  identifier: string;
  readonly parent: IsoDirectory | undefined;
  /** Sorted by identifier, when the tree is complete. */
  children: IsoNode[];
}

export interface IsoLeaf {
  readonly type: 'leaf';
  readonly name: string;
  identifier: string;
  readonly entry: Exclude<IsoEntry, { type: 'directory' }>;
}

export type IsoNode = IsoDirectory | IsoLeaf;

/** Bytes. Rock Ridge and our reader have no limit, but Linux 6.1 silently drops files with longer names. */
const NAME_MAX = 253;
const DIRECTORY_MAX = 31;
const FILE_MAX = 30;
const EXTENSION_MAX = 3;

export function buildIsoTree(entries: Iterable<IsoEntry>): IsoDirectory {
  const root = directory('', undefined);
  const nodes = new Map<string, IsoNode>([['', root]]);
  for (const entry of [...entries].sort((a, b) => compareUtf8(a.path, b.path))) {
    if (entry.type === 'directory') {
      directoryAt(entry.path, nodes);
      continue;
    }
    const parent = directoryAt(parentOf(entry.path), nodes);
    if (entry.type === 'symlink' && entry.target === '') throw internal(`the symlink ${entry.path} points nowhere`);
    if (nodes.has(entry.path)) throw internal(`two entries of an ISO image are called ${entry.path}`);
    const leaf: IsoLeaf = { type: 'leaf', name: checkedName(entry.path), identifier: '', entry };
    nodes.set(entry.path, leaf);
    parent.children.push(leaf);
  }
  for (const node of nodes.values()) if (node.type === 'directory') giveIdentifiers(node);
  return root;
}

/** The order of ISO 9660: as if the name before the dot and the extension were padded with spaces. */
function compareIdentifiers(a: string, b: string): number {
  // `.` sorts below every allowed character, as a space would; `;` does not, so the version is ignored.
  return compareUtf8(a.replace(/;1$/, ''), b.replace(/;1$/, ''));
}

function directory(name: string, parent: IsoDirectory | undefined): IsoDirectory {
  return { type: 'directory', name, identifier: '', parent, children: [] };
}

function directoryAt(path: string, nodes: Map<string, IsoNode>): IsoDirectory {
  const found = nodes.get(path);
  if (found?.type === 'directory') return found;
  if (found !== undefined) throw internal(`${path} of an ISO image is both a file and a directory`);
  const parent = directoryAt(parentOf(path), nodes);
  const made = directory(checkedName(path), parent);
  nodes.set(path, made);
  parent.children.push(made);
  return made;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function checkedName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isBad = name === '' || name === '.' || name === '..' || name.includes('\0') || path.startsWith('/');
  if (isBad || Buffer.byteLength(name) > NAME_MAX)
    throw internal(`an ISO image cannot hold the path ${JSON.stringify(path)}`);
  return name;
}

/** The name in upper case with the characters of ISO 9660, and a number at its end to be unique. Readers with Rock Ridge don't show it. */
function giveIdentifiers(parent: IsoDirectory): void {
  const taken = new Set<string>();
  const lastNumber = new Map<string, number>();
  for (const child of parent.children.sort((a, b) => compareUtf8(a.name, b.name))) {
    const wanted = identifier(child, 0);
    let number = lastNumber.get(wanted) ?? 0;
    child.identifier = identifier(child, number);
    while (taken.has(child.identifier)) {
      number += 1;
      child.identifier = identifier(child, number);
    }
    lastNumber.set(wanted, number);
    taken.add(child.identifier);
  }
  parent.children.sort((a, b) => compareIdentifiers(a.identifier, b.identifier));
}

function identifier(node: IsoNode, number: number): string {
  const suffix = number === 0 ? '' : `_${number}`;
  if (node.type === 'directory') return allowed(node.name).slice(0, DIRECTORY_MAX - suffix.length) + suffix;
  const dot = node.name.lastIndexOf('.');
  const base = allowed(dot > 0 ? node.name.slice(0, dot) : node.name);
  const extension = dot > 0 ? allowed(node.name.slice(dot + 1)).slice(0, EXTENSION_MAX) : '';
  return `${base.slice(0, FILE_MAX - extension.length - suffix.length)}${suffix}.${extension};1`;
}

function allowed(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9_]/g, '_');
}
