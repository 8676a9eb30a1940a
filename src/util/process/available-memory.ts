/**
 * MiB that could be taken right now without anything being swapped out or killed: what the kernel says is available, and no more than this
 * process's own control group (version 2) still allows. Never an estimate of the future.
 */
import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

const MEBIBYTE = 1_048_576;
const GROUP = '/sys/fs/cgroup';

export function availableMemory(): number {
  // Node gives MemAvailable here, not MemFree.
  return Math.floor(Math.min(freemem(), groupAllows()) / MEBIBYTE);
}

/** In a container the group's own files lie at the top; elsewhere there are none, and nothing is limited. */
function groupAllows(): number {
  try {
    const limit = Number(readFileSync(`${GROUP}/memory.max`, 'utf8'));
    if (!Number.isFinite(limit)) return Number.POSITIVE_INFINITY;
    const used = Number(readFileSync(`${GROUP}/memory.current`, 'utf8'));
    // Pages of files that nobody used lately are given back when somebody needs room.
    const spare = Number(/^inactive_file (\d+)$/m.exec(readFileSync(`${GROUP}/memory.stat`, 'utf8'))?.[1] ?? 0);
    return Math.max(0, limit - used + spare);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
