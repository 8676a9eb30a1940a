import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { testFolder } from '../../util/files/test-folder.ts';
import { type StatTuple, statTuple } from '../content/stat-tuple.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';

const COMMAND = ['build', '//x'];
const RESULT = { nodes: 3, lines: ['x.qcow2'] };

/** A finished build that read a file, a folder and a path where nothing is, and made an image with a link to it. */
function makeBuild() {
  const folder = testFolder('snapshot');
  const at = (name: string): string => join(folder, name);
  mkdirSync(at('configs'));
  writeFileSync(at('configs/a.conf'), 'a');
  writeFileSync(at('image'), 'bytes');
  symlinkSync('image', at('link'));
  // A change in the same clock tick is not visible; the racily-clean rule handles that, and has its own test.
  do writeFileSync(at('clock'), '');
  while (lstatSync(at('clock')).ctimeMs === lstatSync(at('link')).ctimeMs);
  const tuples = (...names: string[]): Map<string, StatTuple> =>
    new Map(names.map(name => [at(name), statTuple(at(name))]));
  const write = (began = Date.now() + 60_000) =>
    writeSnapshot(at('cache'), COMMAND, {
      at: began,
      read: tuples('configs', 'configs/a.conf', 'overlay.conf'),
      own: tuples('image', 'link'),
      result: RESULT,
    });
  const read = (command: readonly string[] = COMMAND) => readSnapshot(at('cache'), command, Date.now());
  const later = (ms: number) => readSnapshot(at('cache'), COMMAND, Date.now() + ms);
  return { at, write, read, later };
}

describe('a null build', () => {
  test('gives what the last build gave', () => {
    const { write, read } = makeBuild();
    expect(read()).toBeUndefined();
    write();
    expect(read()).toEqual(RESULT);
  });

  test('is none once a day: the store must hear that its results are in use, or collects them', () => {
    const { write, later } = makeBuild();
    write();
    expect(later(23 * 3_600_000)).toEqual(RESULT);
    expect(later(25 * 3_600_000)).toBeUndefined();
    // The clock was wrong when the snapshot was written.
    expect(later(-25 * 3_600_000)).toBeUndefined();
  });

  test('is of the same words only', () => {
    const { write, read } = makeBuild();
    write();
    expect(read(['build', '//x', '//y'])).toBeUndefined();
    expect(read(['build //x'])).toBeUndefined();
  });

  test.each<[string, (at: (name: string) => string) => void]>([
    ['a file was edited', at => writeFileSync(at('configs/a.conf'), 'b')],
    [
      'a file was edited and its time put back',
      at => {
        writeFileSync(at('configs/a.conf'), 'b');
        utimesSync(at('configs/a.conf'), 1, 1);
      },
    ],
    [
      'nothing of a file but its change time is new',
      at => {
        const { mode } = lstatSync(at('configs/a.conf'));
        chmodSync(at('configs/a.conf'), mode ^ 0o100);
        chmodSync(at('configs/a.conf'), mode);
      },
    ],
    [
      'another file took its place, with the same content and times',
      at => {
        writeFileSync(at('other'), 'a');
        const { atime, mtime } = lstatSync(at('configs/a.conf'));
        utimesSync(at('other'), atime, mtime);
        renameSync(at('other'), at('configs/a.conf'));
      },
    ],
    [
      'another folder took its place, with the same files',
      at => {
        cpSync(at('configs'), at('copy'), { recursive: true, preserveTimestamps: true });
        renameSync(at('configs'), at('old'));
        renameSync(at('copy'), at('configs'));
      },
    ],
    ['a file was removed', at => unlinkSync(at('configs/a.conf'))],
    ['a file was added to a folder', at => writeFileSync(at('configs/b.conf'), '')],
    ['there is something where nothing was', at => writeFileSync(at('overlay.conf'), '')],
    ['the image was overwritten', at => writeFileSync(at('image'), 'other')],
    ['the image is gone', at => unlinkSync(at('image'))],
    [
      'the link leads elsewhere',
      at => {
        symlinkSync('configs', at('new'));
        renameSync(at('new'), at('link'));
      },
    ],
    [
      'the link was replaced by a copy',
      at => {
        unlinkSync(at('link'));
        writeFileSync(at('link'), 'bytes');
      },
    ],
    [
      'a folder became a file',
      at => {
        rmSync(at('configs'), { recursive: true });
        writeFileSync(at('configs'), '');
      },
    ],
  ])('is none if %s', (_, change) => {
    const { at, write, read } = makeBuild();
    write();
    change(at);
    expect(read()).toBeUndefined();
  });

  test('is none if nothing but an inode is another: files that were made in the same tick of the clock', () => {
    const { at, read } = makeBuild();
    const [, ...rest] = statTuple(at('configs/a.conf')).split(':');
    const write = (inode: bigint) =>
      writeSnapshot(at('cache'), COMMAND, {
        at: Date.now() + 60_000,
        read: new Map(),
        own: new Map([[at('configs/a.conf'), [inode, ...rest].join(':') as StatTuple]]),
        result: RESULT,
      });
    const inode = BigInt(lstatSync(at('configs/a.conf')).ino);
    write(inode);
    expect(read()).toEqual(RESULT);
    // One of the two does not fit into a number.
    for (const other of [inode + 1n, inode + 2n ** 53n]) {
      write(other);
      expect(read()).toBeUndefined();
    }
  });

  test('is none if something that was read changed while the build ran, or in the moment in which it began', () => {
    const { at, write, read } = makeBuild();
    write(Date.now() - 60_000);
    expect(read()).toBeUndefined();
    expect(existsSync(at('cache/snapshots'))).toBe(false);
  });

  test.each<[string, (whole: Buffer) => Buffer | string]>([
    ['empty', () => ''],
    ['cut short', whole => whole.subarray(0, -1)],
    ['of zeros, as after a power cut', whole => Buffer.alloc(whole.byteLength)],
    ['of another version', whole => Buffer.concat([Buffer.from('aibnull\u0002'), whole.subarray(8)])],
    ['what an older aib wrote', () => JSON.stringify({ format: 2, command: COMMAND, checks: [], result: RESULT })],
  ])('is none if the snapshot is %s', (_, damage) => {
    const { at, write, read } = makeBuild();
    write();
    const [name = ''] = readdirSync(at('cache/snapshots'));
    const path = at(`cache/snapshots/${name}`);
    writeFileSync(path, damage(readFileSync(path)));
    expect(read()).toBeUndefined();
  });

  test('is none if any one byte of the snapshot is another, or any page of it zeros', () => {
    const { at, write, read } = makeBuild();
    write();
    const [name = ''] = readdirSync(at('cache/snapshots'));
    const path = at(`cache/snapshots/${name}`);
    const whole = readFileSync(path);
    const believed: string[] = [];
    const damage = (what: string, how: (bytes: Buffer) => void): void => {
      const bytes = Buffer.from(whole);
      how(bytes);
      writeFileSync(path, bytes);
      if (read() !== undefined) believed.push(what);
    };
    damage('nothing', () => {});
    for (let index = 0; index < whole.byteLength; index += 1) {
      for (const flip of [0x01, 0xff])
        damage(`byte ${index} ^ ${flip}`, bytes => bytes.writeUInt8(bytes.readUInt8(index) ^ flip, index));
      damage(`zeros from ${index}`, bytes => bytes.fill(0, index));
      damage(`zeros to ${index}`, bytes => bytes.fill(0, 0, index + 1));
    }
    expect(believed).toEqual(['nothing']);
  });

  test('is whole for readers while two processes write it over and over', async () => {
    const { at, write, read } = makeBuild();
    write();
    const writers = ['one', 'two'].map(name => {
      const code = `
        import { writeSnapshot } from ${JSON.stringify(join(import.meta.dirname, 'snapshot.ts'))};
        for (let round = 0; round < 300; round += 1)
          writeSnapshot(${JSON.stringify(at('cache'))}, ${JSON.stringify(COMMAND)}, {
            at: 0, read: new Map(), own: new Map(), result: { writer: ${JSON.stringify(name)}, round },
          });`;
      const child = spawn(process.execPath, ['--no-warnings', '--input-type=module-typescript', '-e', code]);
      return new Promise<number | null>(resolve => child.once('exit', resolve));
    });
    let running = writers.length;
    for (const writer of writers) void writer.then(() => (running -= 1));
    const seen = new Set<string>();
    while (running > 0) {
      const result = read() as { writer?: string } | undefined;
      expect(result).toBeDefined();
      seen.add(result?.writer ?? 'first');
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(await Promise.all(writers)).toEqual([0, 0]);
    expect(read()).toMatchObject({ round: 299 });
    expect(readdirSync(at('cache/snapshots'))).toHaveLength(1);
    expect(seen.size).toBeGreaterThan(1);
  });
});

test('the last 64 commands are remembered', () => {
  const { at, read } = makeBuild();
  const commands = Array.from({ length: 70 }, (_, index) => ['build', `//${index}`]);
  for (const [index, command] of commands.entries()) {
    writeSnapshot(at('cache'), command, { at: 0, read: new Map(), own: new Map(), result: index });
    // Written in one clock tick, they would be equally old.
    for (const name of readdirSync(at('cache/snapshots'))) {
      const path = at(`cache/snapshots/${name}`);
      utimesSync(path, 0, lstatSync(path).mtimeMs / 1_000 - 60);
    }
  }
  expect(readdirSync(at('cache/snapshots'))).toHaveLength(64);
  expect(commands.map(command => read(command))).toEqual([
    ...Array(6),
    ...Array.from({ length: 64 }, (_, at) => at + 6),
  ]);
});

test('a snapshot that cannot be written is no failure: the build is done', () => {
  const { at, write, read } = makeBuild();
  writeFileSync(at('cache'), 'a file where the cache should be');
  expect(() => write()).not.toThrow();
  expect(read()).toBeUndefined();
});
