/** The faults that `aib fsck` found, one line for each. */
import { relative } from 'node:path';
import type { Fault, Scrubbed } from '../../store/upkeep/scrub.ts';
import { formatBytes } from '../../util/bytes.ts';
import { count } from '../text/count.ts';

export function faultLines(
  { blobs, bytes, records, faults }: Scrubbed,
  folder: string,
  mended: boolean,
): readonly string[] {
  const checked = `checked ${count(blobs, 'blob')} (${formatBytes(bytes)}) and ${count(records, 'result')}`;
  if (faults.length === 0) return [`${checked}: no faults`];
  const lines = faults.map(fault => faultLine(fault, folder, mended));
  return [...lines, `${checked}: ${count(faults.length, 'fault')}`];
}

function faultLine(fault: Fault, folder: string, mended: boolean): string {
  switch (fault.type) {
    case 'blob-damaged':
      return `blob ${fault.hash} is damaged${mended ? '; moved to damaged/; the next build that requires it makes it again' : ''}`;
    case 'blob-misrecorded':
      return `blob ${fault.digest.hash} is intact, but its record is damaged${mended ? '; written again' : ''}`;
    case 'blob-missing':
      return `blob ${fault.hash} of ${fault.label}${ofProjects(fault.projects)} is missing; the next build that requires it makes it again`;
    case 'record-damaged':
      return `${relative(folder, fault.path)} is not a valid record${mended ? '; removed' : ''}`;
    case 'record-half':
      return `the result of ${fault.label}${ofProjects(fault.projects)} (${fault.key.slice(0, 12)}…) has no ${fault.missing === 'row' ? 'row in the database' : 'file'}${mended ? '; written again' : ''}`;
    case 'link-dead':
      return `${relative(folder, fault.path)} is a dead link${mended ? '; removed' : ''}`;
    default:
      return fault satisfies never;
  }
}

function ofProjects(folders: readonly string[]): string {
  return folders.length === 0 ? '' : ` in ${folders.join(', ')}`;
}
