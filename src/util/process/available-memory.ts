/**
 * The memory in MiB that is available now without swapping or killing: from the kernel, limited by the control group (version 2) of this
 * process. It is not a forecast.
 */
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

const MEBIBYTE = 1_048_576;
const GROUP = '/sys/fs/cgroup';

export function availableMemory(): number {
  // Node returns MemAvailable here, not MemFree.
  return Math.floor(Math.min(freemem(), groupAllows()) / MEBIBYTE);
}

/** In a container the files of its group are at the top; elsewhere they do not exist, and there is no limit. */
function groupAllows(): number {
  try {
    const limit = Number(readFileSync(`${GROUP}/memory.max`, 'utf8'));
    if (!Number.isFinite(limit)) return Number.POSITIVE_INFINITY;
    const used = Number(readFileSync(`${GROUP}/memory.current`, 'utf8'));
    // The kernel frees file pages that were not used lately if memory is needed.
    const spare = Number(/^inactive_file (\d+)$/m.exec(readFileSync(`${GROUP}/memory.stat`, 'utf8'))?.[1] ?? 0);
    return Math.max(0, limit - used + spare);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
