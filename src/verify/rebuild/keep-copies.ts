/**
 * Keeps both sides of what differs where nobody clears them but the next verification of the same node: `built` and `again`, by label and run. Takes no
 * more room than the store has taken already, where the filesystem has links.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeVerdict, RunVerdict } from './rebuild.ts';

/** The verdict with the paths of the copies. What was kept of that node before goes. */
export function keepCopies(verdict: NodeVerdict, folder: string): NodeVerdict {
  const own = join(folder, verdict.label.replaceAll(/[^\w.@-]+/g, '-').replace(/^-+/, ''));
  rmSync(own, { recursive: true, force: true });
  return { ...verdict, runs: verdict.runs.map(run => keepRun(run, own)) };
}

function keepRun(verdict: RunVerdict, folder: string): RunVerdict {
  const { run, round } = verdict;
  const differences = verdict.differences.map(difference => {
    const place = join(folder, round === 1 ? run : `${run}-${round}`);
    mkdirSync(place, { recursive: true });
    const [before, after] = difference.paths;
    const paths = [
      kept(before, join(place, `${difference.output}.built`)),
      kept(after, join(place, `${difference.output}.again`)),
    ] as const;
    return { ...difference, paths };
  });
  return { ...verdict, differences };
}

function kept(from: string, to: string): string {
  // Several names may come to one.
  if (existsSync(to)) rmSync(to);
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
  return to;
}
