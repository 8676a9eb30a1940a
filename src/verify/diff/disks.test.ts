import {
  chmodSync,
  closeSync,
  copyFileSync,
  cpSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diskDifferenceLines } from '../../report/tables/disk-difference-lines.ts';
import { diskTool } from '../reading/reading-fixtures.ts';
import { imageDifference } from './disks.ts';

const EPOCH = 1_725_580_800;
const FAKE_TIME = { E2FSPROGS_FAKE_TIME: String(EPOCH) };
const run = (program: string, words: readonly string[]) => diskTool(program, words, FAKE_TIME);
const lacks = run('mke2fs', ['-V']).status !== 0;
const SEED = '11111111-2222-3333-4444-555555555555';

describe.skipIf(lacks)('the difference of two filesystems [needs mke2fs]', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-diff-'));
  const tree = join(folder, 'tree');
  const before = join(folder, 'before.img');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const make = (from: string, path: string): void => {
    rmSync(path, { force: true });
    // atime and ctime come from the host and would reach the image; here only the planted differences must.
    const words = [
      '-q',
      '-F',
      '-t',
      'ext4',
      '-b',
      '1024',
      '-U',
      SEED,
      '-E',
      `hash_seed=${SEED}`,
      '-d',
      from,
      path,
      '8M',
    ];
    expect(run('mke2fs', words).status).toBe(0);
    const times = (inode: string): string =>
      ['atime', 'ctime', 'mtime', 'crtime'].map(time => `sif ${inode} ${time} @${EPOCH}\n`).join('');
    const paths = ['/', '/etc', '/etc/motd', '/etc/hosts', '/bin', '/bin/tool', '/etc/link', '/etc/new', '/etc/old'];
    const commands = join(folder, 'commands');
    writeFileSync(commands, paths.map(times).join('') + times('/lost+found'));
    expect(run('debugfs', ['-w', '-f', commands, path]).status).toBe(0);
  };
  beforeAll(() => {
    mkdirSync(join(tree, 'etc'), { recursive: true });
    mkdirSync(join(tree, 'bin'));
    writeFileSync(join(tree, 'etc/motd'), 'Welcome\nto Alpine\n');
    writeFileSync(join(tree, 'etc/hosts'), '127.0.0.1 localhost\n');
    writeFileSync(join(tree, 'etc/old'), 'old\n');
    writeFileSync(join(tree, 'bin/tool'), Buffer.alloc(200_000, 'tool'));
    symlinkSync('motd', join(tree, 'etc/link'));
    make(tree, before);
  });
  const difference = (after: string) => imageDifference(before, after);
  /** An image of the tree with a change. */
  const changed = async (change: (copy: string) => void) => {
    const [copy, after] = [join(folder, 'copy'), join(folder, 'after.img')];
    rmSync(copy, { recursive: true, force: true });
    cpSync(tree, copy, { recursive: true, verbatimSymlinks: true });
    change(copy);
    make(copy, after);
    return difference(after);
  };

  it('is none between the same', async () => {
    const copy = join(folder, 'same.img');
    copyFileSync(before, copy);
    const none = await difference(copy);
    expect(none).toEqual({
      verdict: 'bit-identical',
      sizes: [8_388_608, 8_388_608],
      table: [],
      partitions: [],
      outside: [],
    });
    expect(diskDifferenceLines(none)).toEqual(['bit-identical']);
  });

  it('names lines of a text, and nothing else of files', async () => {
    const { partitions } = await changed(copy => writeFileSync(join(copy, 'etc/motd'), 'Welcome\nto AlpinE\n'));
    expect(partitions).toHaveLength(1);
    expect(partitions[0]).toMatchObject({ partition: 'disk', kind: 'ext4', facts: [] });
    expect(partitions[0]?.files).toEqual([
      {
        path: '/etc/motd',
        change: 'changed',
        facts: [],
        content: { sizes: [18, 18], causes: ['content'], text: ['-to Alpine', '+to AlpinE'] },
      },
    ]);
    // The inode's checksum is not among them, because it covers only the inode.
    expect(partitions[0]?.bytes).toEqual([{ owner: '/etc/motd', bytes: 1, first: expect.any(Number) }]);
  });

  it('names what is added, removed, or has another mode, target or time', async () => {
    const { partitions } = await changed(copy => {
      rmSync(join(copy, 'etc/old'));
      writeFileSync(join(copy, 'etc/new'), 'new\n');
      chmodSync(join(copy, 'bin/tool'), 0o755);
      rmSync(join(copy, 'etc/link'));
      symlinkSync('hosts', join(copy, 'etc/link'));
    });
    const [{ files = [] } = {}] = partitions;
    expect(files.map(({ path, change }) => `${change} ${path}`)).toEqual([
      'changed /bin/tool',
      'changed /etc/link',
      'added /etc/new',
      'removed /etc/old',
    ]);
    expect(files[0]?.facts).toEqual([{ name: 'mode', before: '0644', after: '0755', cause: 'content' }]);
    expect(files[1]?.facts).toEqual([{ name: 'target', before: 'motd', after: 'hosts', cause: 'content' }]);
    expect(files[0]?.content).toBeUndefined();
  });

  it('compares what one side has written with the zeros of a hole on the other', async () => {
    const hole = (copy: string, bytes: string): void => {
      const file = openSync(join(copy, 'bin/tool'), 'w');
      ftruncateSync(file, 4 << 20);
      if (bytes !== '') writeSync(file, bytes, 3 << 20);
      closeSync(file);
    };
    const holes = join(folder, 'holes.img');
    const copy = join(folder, 'holes');
    cpSync(tree, copy, { recursive: true, verbatimSymlinks: true });
    hole(copy, '');
    make(copy, holes);
    const [zeros, written] = [join(folder, 'zeros.img'), join(folder, 'written.img')];
    hole(copy, '\0'.repeat(5_000));
    make(copy, zeros);
    hole(copy, 'x');
    make(copy, written);
    const filesOf = async (other: string) => {
      const { partitions } = await imageDifference(holes, other);
      return (partitions[0]?.files ?? []).map(({ path, content }) => [path, content !== undefined]);
    };
    expect(await filesOf(zeros)).toEqual([]);
    expect(await filesOf(written)).toEqual([['/bin/tool', true]]);
  });

  it('names a time of one file, and its inode as the owner of the bytes', async () => {
    const after = join(folder, 'time.img');
    copyFileSync(before, after);
    run('debugfs', ['-w', '-R', `sif /etc/hosts mtime @${EPOCH + 3_600}`, after]);
    const { verdict, partitions } = await difference(after);
    expect(verdict).toBe('same files');
    expect(partitions[0]?.files).toEqual([
      {
        path: '/etc/hosts',
        change: 'changed',
        facts: [{ name: 'modified', before: '2024-09-06 00:00:00', after: '2024-09-06 01:00:00', cause: 'time' }],
      },
    ]);
    expect(partitions[0]?.bytes.map(({ owner }) => owner)).toEqual([expect.stringMatching(/^inode \d+ \/etc\/hosts$/)]);
  });

  it.each([
    ['superblock', 1_024 + 0x30],
    ['free space', 8_000_000],
  ])('names the %s as the owner of a byte', async (owner, at) => {
    const after = join(folder, 'byte.img');
    copyFileSync(before, after);
    const file = openSync(after, 'r+');
    writeSync(file, Buffer.from([0x55]), 0, 1, at);
    closeSync(file);
    const { partitions } = await difference(after);
    expect(partitions[0]?.bytes).toEqual([{ owner, bytes: 1, first: expect.any(Number) }]);
  });

  it('is told when a filesystem cannot be read, by its bytes', async () => {
    const after = join(folder, 'damaged.img');
    copyFileSync(before, after);
    const file = openSync(after, 'r+');
    writeSync(file, Buffer.from([0xff, 0xff, 0xff, 0xff]), 0, 4, 1_024 + 0x18);
    closeSync(file);
    const { verdict, partitions } = await difference(after);
    expect(verdict).toBe('different');
    expect(partitions[0]?.kind).toMatch(/^ext4 → damaged \(the size of a block is 4294967295, which is invalid\)$/);
    expect(partitions[0]?.bytes).not.toEqual([]);
  });

  it('is told in lines', async () => {
    const after = await changed(copy => {
      writeFileSync(join(copy, 'etc/motd'), 'Welcome\nto\tAlpine\u001b[2J\n');
      utimesSync(join(copy, 'etc/hosts'), EPOCH, EPOCH);
      writeFileSync(join(copy, 'etc/new'), '');
    });
    const lines = diskDifferenceLines(after);
    expect(lines.slice(0, 2)).toEqual(['different', 'disk, ext4: 1 changed, 1 added']);
    expect(lines).toContain('  ~ /etc/motd: content (18 → 22 bytes)');
    expect(lines).toContain('      +to\tAlpine\\x1b[2J');
    expect(lines).toContain('  + /etc/new');
  });
});

it('of what nobody can read is told by the number of bytes and the place of the first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-diff-'));
  try {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    writeFileSync(one, Buffer.alloc(100_000, 'a'));
    const other = Buffer.alloc(100_000, 'a');
    other.write('b', 70_000);
    other.write('b', 90_000);
    writeFileSync(two, other);
    const lines = diskDifferenceLines(await imageDifference(one, two));
    expect(lines).toEqual(['different', 'disk, unknown content: 2 bytes different, the first at 70000']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
