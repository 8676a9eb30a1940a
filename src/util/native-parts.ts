/**
 * Which parts of npm packages that are compiled for one system lack here, and why: npm leaves out, without a word, an optional package that
 * its Node or its settings do not fit. Told from package-lock.json, so there is no list to keep. `./setup` runs this file by itself before
 * there are packages: it must import nothing but Node's own modules.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MissingPart {
  readonly name: string;
  /** The package that cannot run without it. */
  readonly of: string;
  readonly why: string;
  /** True if only the development tools use it, not aib itself. */
  readonly dev: boolean;
}

/** What the answer depends on; tests give their own. */
export interface System {
  readonly os: string;
  readonly cpu: string;
  readonly libc: 'glibc' | 'musl';
  /** Of the Node that npm runs on when it is called by hand, without a leading v; undefined where there is none. */
  readonly npmNode: string | undefined;
}

export function missingParts(home: string, system: System): readonly MissingPart[] {
  const { packages } = JSON.parse(readFileSync(join(home, 'package-lock.json'), 'utf8')) as LockFile;
  const parts = Object.entries(packages)
    .filter(([, { cpu }]) => cpu !== undefined)
    .map(([path, entry]) => ({ path, name: nameOf(path), ...entry }));
  const missing: MissingPart[] = [];
  for (const [path, { optionalDependencies = {}, dev = false }] of Object.entries(packages)) {
    // The project's own is a Node, for which a newer one on PATH makes up.
    if (path === '') continue;
    const own = parts.filter(({ name }) => name in optionalDependencies);
    const fitting = own.filter(part => fits(part, system));
    const of = nameOf(path);
    for (const part of fitting) {
      if (existsSync(join(home, part.path, 'package.json'))) continue;
      missing.push({ name: part.name, of, dev, why: whyLeftOut(part.engines?.node, system.npmNode) });
    }
    if (fitting.length === 0 && own.some(part => among(part.os, system.os))) {
      const name = `a part for ${system.os}, ${system.cpu} and ${system.libc}`;
      missing.push({ name, of, dev, why: 'its makers publish none' });
    }
  }
  return missing;
}

/** For people: each missing part with its reason; empty if none is missing. */
export function describeParts(missing: readonly MissingPart[]): string {
  return missing.map(({ name, of, why }) => `  ${name}, without which ${of} does not run: ${why}\n`).join('');
}

export function thisSystem(npmNode: string | undefined): System {
  const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  const libc = report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return { os: process.platform, cpu: process.arch, libc, npmNode };
}

interface LockFile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

interface LockEntry {
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly libc?: string | readonly string[];
  readonly engines?: { readonly node?: string };
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

function fits(entry: LockEntry, { os, cpu, libc }: System): boolean {
  return among(entry.os, os) && among(entry.cpu, cpu) && (entry.libc === undefined || among(entry.libc, libc));
}

function among(wanted: string | readonly string[] | undefined, word: string): boolean {
  return wanted !== undefined && [wanted].flat().includes(word);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function whyLeftOut(range: string | undefined, npmNode: string | undefined): string {
  if (range !== undefined && npmNode !== undefined && !satisfies(npmNode, range))
    return `npm leaves it out on Node ${npmNode}, since it wants Node ${range}`;
  return 'npm left out optional packages (omit=optional), or could not fetch it';
}

/** The ranges that `engines` are written in: `^20.19.0 || >=22.12`. One of another form holds, so that it is never named as the reason. */
function satisfies(version: string, range: string): boolean {
  const actual = version.split('.').map(Number);
  return range.split('||').some(alternative => {
    const [, operator, least] = /^\s*(\^|>=)\s*([\d.]+)\s*$/.exec(alternative) ?? [];
    if (least === undefined) return true;
    const wanted = least.split('.').map(Number);
    if (operator === '^' && actual[0] !== wanted[0]) return false;
    const at = [0, 1, 2].find(index => (actual[index] ?? 0) !== (wanted[index] ?? 0)) ?? 2;
    return (actual[at] ?? 0) >= (wanted[at] ?? 0);
  });
}
