/**
 * The cost of `aib diff` of two disks, compared with reading both: `node bench/diff.ts`. Two filesystems of 128 MiB with 3,000 files, one
 * of them with a change that moves most of the following data; compared with `sha256sum` of both files. The same files as tar archives,
 * compared with diffoscope if it is installed (for disks it only reports that they differ). And two almost empty disks of 8 GiB, for the
 * memory.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aibHome } from '../src/util/files/home.ts';
import { findOnPath } from '../src/util/process/on-path.ts';
import { diskTool } from '../src/verify/reading/reading-fixtures.ts';
import { ratioTable, takeTurns, timed } from './harness.ts';

const FILES = 3_000;
const FILE_BYTES = 30_000;
const LARGE = 8 * 2 ** 30;
const OTHER = 'diffoscope';
/** An exit status of 1 means a difference, as for aib. */
const ONE_DIFFERS = '"$@" >/dev/null 2>&1; [ $? = 1 ]';

export interface DiffFigures {
  /** Relative to sha256sum of both. */
  readonly ratio: number;
  /** Relative to diffoscope, for archives; undefined if it is not installed. */
  readonly beside: number | undefined;
  /** Peak memory in MiB, for the disks of 8 GiB. */
  readonly peak: number;
  readonly lines: readonly string[];
}

export function measureDiff(rounds: number): DiffFigures {
  const folder = mkdtempSync(join(tmpdir(), 'aib-bench-diff-'));
  try {
    const [before, after] = [join(folder, 'before.img'), join(folder, 'after.img')];
    const tree = join(folder, 'tree');
    mkdirSync(tree);
    for (let index = 0; index < FILES; index += 1)
      writeFileSync(join(tree, `file-${index}`), Buffer.alloc(FILE_BYTES, `content of ${index}, `));
    makeFilesystem(tree, before);
    writeFileSync(join(tree, 'file-1'), Buffer.alloc(3 * FILE_BYTES, 'other'));
    makeFilesystem(tree, after);
    const launcher = join(aibHome(), 'aib');
    // Its exit status reports the difference.
    const differing = (one: string, two: string): readonly string[] => [
      '-c',
      '"$@"; [ $? = 3 ]',
      'sh',
      launcher,
      'diff',
      one,
      two,
    ];
    const timings = takeTurns(
      [
        { name: 'aib diff', run: () => timed('sh', differing(before, after)).milliseconds },
        { name: 'sha256sum of both', run: () => timed('sha256sum', [before, after]).milliseconds },
      ],
      rounds,
    );
    const [own, peer] = timings;
    const archives = [`${before}.tar`, `${after}.tar`] as const;
    const beside =
      findOnPath(OTHER) === undefined
        ? undefined
        : takeTurns(
            [
              { name: 'aib diff', run: () => timed('sh', differing(...archives)).milliseconds },
              { name: OTHER, run: () => timed('sh', ['-c', ONE_DIFFERS, 'sh', OTHER, ...archives]).milliseconds },
            ],
            1,
          );
    for (const path of [before, after]) {
      cpSync(path, `${path}.large`);
      truncateSync(`${path}.large`, LARGE);
    }
    const words = differing(`${before}.large`, `${after}.large`);
    const { stderr } = timed('/usr/bin/time', ['-f', '%M', 'sh', ...words]);
    const peak = Number(stderr.trim().split('\n').at(-1)) / 1_024;
    return {
      ratio: (own?.median ?? 0) / (peer?.median ?? 0),
      beside: beside === undefined ? undefined : (beside[0]?.median ?? 0) / (beside[1]?.median ?? 0),
      peak,
      lines: [
        ratioTable(timings, peer === undefined ? [] : [peer]),
        ...(beside === undefined
          ? [`${OTHER} is not installed`]
          : ['tar archives of the same files', ratioTable(beside, beside.slice(1))]),
        `two files of 8 GiB with the same in them: ${peak.toFixed(0)} MiB`,
      ],
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeFilesystem(tree: string, path: string): void {
  const { status, stderr } = diskTool('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '4096', '-d', tree, path, '128M']);
  if (status !== 0) throw new Error(`mke2fs: ${stderr}`);
  timed('tar', ['-C', tree, '-cf', `${path}.tar`, '.']);
}

if (import.meta.main) process.stdout.write(`${measureDiff(5).lines.join('\n')}\n`);
