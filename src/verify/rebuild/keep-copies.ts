/**
 * Keeps both sides of a difference until the next verification of the same node: `built` and `again`, by label and run. If the filesystem
 * supports hard links, the copies never need additional space.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeVerdict, RunVerdict } from './rebuild.ts';

/** Returns the verdict with the paths of the copies. Removes earlier copies of the node. */
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
  // Several names may result in the same file name.
  if (existsSync(to)) rmSync(to);
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
  return to;
}
