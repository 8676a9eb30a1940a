/** What `aib fsck` found, one line for each fault. */
import { relative } from 'node:path';
import type { Fault, Scrubbed } from '../../store/upkeep/scrub.ts';
import { formatBytes } from '../../util/bytes.ts';
import { count } from '../text/count.ts';

export function faultLines(
  { blobs, bytes, records, faults }: Scrubbed,
  folder: string,
  mended: boolean,
): readonly string[] {
  const looked = `looked at ${count(blobs, 'blob')} (${formatBytes(bytes)}) and ${count(records, 'result')}`;
  if (faults.length === 0) return [`${looked}: nothing is wrong`];
  const lines = faults.map(fault => faultLine(fault, folder, mended));
  return [...lines, `${looked}: ${count(faults.length, 'fault')}`];
}

function faultLine(fault: Fault, folder: string, mended: boolean): string {
  switch (fault.type) {
    case 'blob-damaged':
      return `blob ${fault.hash} is damaged${mended ? '; moved to damaged/, the next build that needs it makes it again' : ''}`;
    case 'blob-misrecorded':
      return `blob ${fault.digest.hash} is whole, but its record is damaged${mended ? '; written again' : ''}`;
    case 'blob-missing':
      return `blob ${fault.hash} of ${fault.label}${ofProjects(fault.projects)} is missing; the next build that needs it makes it again`;
    case 'record-damaged':
      return `${relative(folder, fault.path)} is no record${mended ? '; removed' : ''}`;
    case 'record-half':
      return `the result of ${fault.label}${ofProjects(fault.projects)} (${fault.key.slice(0, 12)}…) has no ${fault.missing === 'row' ? 'row in the database' : 'file'}${mended ? '; written again' : ''}`;
    case 'link-dead':
      return `${relative(folder, fault.path)} leads nowhere${mended ? '; removed' : ''}`;
    default:
      return fault satisfies never;
  }
}

function ofProjects(folders: readonly string[]): string {
  return folders.length === 0 ? '' : ` in ${folders.join(', ')}`;
}
