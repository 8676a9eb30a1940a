/**
 * Finds missing parts of npm packages that are compiled for one system, and why they are missing: npm silently skips an optional package
 * that does not fit its Node or its settings. Reads package-lock.json, so no list is necessary. `./setup` runs this file before any package
 * is installed: it must import only Node's own modules.
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

/** The facts that the result depends on; tests pass their own. */
export interface System {
  readonly os: string;
  readonly cpu: string;
  readonly libc: 'glibc' | 'musl';
  /** The version of the Node that npm uses when the user calls it, without a leading v; undefined if there is none. */
  readonly npmNode: string | undefined;
}

export function missingParts(home: string, system: System): readonly MissingPart[] {
  // An installed package has its lock under the name that npm accepts there.
  const lock = ['npm-shrinkwrap.json', 'package-lock.json']
    .map(name => join(home, name))
    .find(path => existsSync(path));
  const { packages } = JSON.parse(readFileSync(lock ?? 'package-lock.json', 'utf8')) as LockFile;
  const parts = Object.entries(packages)
    .filter(([, { cpu }]) => cpu !== undefined)
    .map(([path, entry]) => ({ path, name: nameOf(path), ...entry }));
  const missing: MissingPart[] = [];
  for (const [path, { optionalDependencies = {}, dev = false }] of Object.entries(packages)) {
    // The project's own part is a Node; a newer Node on PATH replaces it.
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
      missing.push({ name, of, dev, why: 'it is not published for this system' });
    }
  }
  return missing;
}

/** For users: each missing part with its reason; empty if none is missing. */
export function describeParts(missing: readonly MissingPart[]): string {
  return missing.map(({ name, of, why }) => `  ${name}, which ${of} requires: ${why}\n`).join('');
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
    return `npm skips it on Node ${npmNode}, because it requires Node ${range}`;
  return 'npm skipped optional packages (omit=optional), or could not fetch it';
}

/**
 * Supports the ranges in `engines` fields: `^20.19.0 || >=22.12`. A range of another form counts as satisfied, so that it is not reported
 * as the reason.
 */
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
