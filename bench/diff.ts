/**
 * What `aib diff` of two disks takes beside reading both: `node bench/diff.ts`. Two filesystems of 128 MiB, 3,000 files, one of them with a change that
 * moves most of what follows; the peers are `sha256sum` of both files, and diffoscope where it is. And two disks of 8 GiB that hold next to nothing,
 * for the memory.
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

export interface DiffFigures {
  /** To sha256sum of both. */
  readonly ratio: number;
  /** To diffoscope; undefined where there is none. */
  readonly beside: number | undefined;
  /** MiB at the most, of the disks of 8 GiB. */
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
    // It says by its status that something is different.
    const differing = (one: string, two: string): readonly string[] => [
      '-c',
      '"$@"; [ $? = 3 ]',
      'sh',
      launcher,
      'diff',
      one,
      two,
    ];
    // So does diffoscope, by another one.
    const oneDiffers = ['-c', '"$@" >/dev/null 2>&1; [ $? = 1 ]', 'sh'];
    const timings = takeTurns(
      [
        { name: 'aib diff', run: () => timed('sh', differing(before, after)).milliseconds },
        { name: 'sha256sum of both', run: () => timed('sha256sum', [before, after]).milliseconds },
      ],
      rounds,
    );
    const [own, peer] = timings;
    const other = findOnPath(OTHER) === undefined ? undefined : timed('sh', [...oneDiffers, OTHER, before, after]);
    for (const path of [before, after]) {
      cpSync(path, `${path}.large`);
      truncateSync(`${path}.large`, LARGE);
    }
    const words = differing(`${before}.large`, `${after}.large`);
    const { stderr } = timed('/usr/bin/time', ['-f', '%M', 'sh', ...words]);
    const peak = Number(stderr.trim().split('\n').at(-1)) / 1_024;
    return {
      ratio: (own?.median ?? 0) / (peer?.median ?? 0),
      beside: other === undefined ? undefined : (own?.median ?? 0) / other.milliseconds,
      peak,
      lines: [
        ratioTable(timings, peer === undefined ? [] : [peer]),
        other === undefined
          ? `${OTHER} is not installed`
          : `${OTHER} takes ${(other.milliseconds / 1_000).toFixed(1)} s`,
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
}

if (import.meta.main) process.stdout.write(`${measureDiff(5).lines.join('\n')}\n`);
