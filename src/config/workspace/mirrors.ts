/**
 * The mirrors that this machine chose, in aib.local.conf: one, or several that are asked in that order. Apart from workspace.ts, which a build
 * that has nothing to do loads alone.
 *
 *     mirror = "https://mirror.example.org/alpine"
 *     mirror = ["https://one.example.org/alpine", "/srv/alpine"]
 */
import { existsSync, readFileSync } from 'node:fs';
import { parseHocon } from '../hocon/parse.ts';
import { readLocal, writeLocal, writeLocalList } from './local-config.ts';
import type { Workspace } from './workspace.ts';

/** Empty if none was chosen. */
export function rememberedMirrors({ localConfig }: Workspace): readonly string[] {
  const line = readLocal(localConfig, 'mirror');
  if (line === undefined) return [];
  return line.startsWith('[') ? (listIn(localConfig) ?? [line]) : [line];
}

export function rememberMirrors({ localConfig }: Workspace, mirrors: readonly string[]): void {
  const [first = ''] = mirrors;
  if (mirrors.length === 1) writeLocal(localConfig, 'mirror', first);
  else writeLocalList(localConfig, 'mirror', mirrors);
}

/** A list may go over several lines and hold comments, so it is read as the HOCON that it is. */
function listIn(path: string): readonly string[] | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = parseHocon(readFileSync(path, 'utf8'), path);
  const value = parsed.ok ? parsed.value.entries.get('mirror') : undefined;
  if (value?.kind !== 'array') return undefined;
  return value.items.flatMap(item => (item.kind === 'string' ? [item.value] : []));
}
