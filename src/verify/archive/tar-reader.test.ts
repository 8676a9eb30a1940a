import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRandom } from '../../../test/torture/synthetic-graph.ts';
import { DamagedImage, fileBytes } from '../reading/random-access.ts';
import { bytesOf } from '../reading/reading-fixtures.ts';
import { readTar } from './tar-reader.ts';

const LONG = `deep/${'folder-with-a-long-name/'.repeat(12)}file`;

describe('a tar archive', () => {
  const folder = mkdtempSync(join(tmpdir(), 'aib-tar-'));
  const tree = join(folder, 'tree');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(() => {
    mkdirSync(join(tree, LONG, '..'), { recursive: true });
    writeFileSync(join(tree, LONG), 'long name');
    writeFileSync(join(tree, 'empty'), '');
    writeFileSync(join(tree, 'large'), Buffer.alloc(2_500_000, 'large, '));
    writeFileSync(join(tree, 'é ü'), 'unicode');
    chmodSync(join(tree, 'large'), 0o4750);
    linkSync(join(tree, 'empty'), join(tree, 'same'));
    symlinkSync('large', join(tree, 'short'));
    symlinkSync(`/${'far/'.repeat(60)}`, join(tree, 'far'));
    utimesSync(join(tree, 'large'), 1_725_580_800, 1_725_580_800);
  });
  const make = (format: string): string => {
    const path = join(folder, `${format}.tar`);
    const words = ['-C', tree, `--format=${format}`, '--numeric-owner', '--sort=name', '-cf', path, '.'];
    expect(spawnSync('tar', words).status).toBe(0);
    return path;
  };

  it.each(['posix', 'gnu'])('has what was put there, in the form %s', format => {
    const bytes = fileBytes(make(format));
    const { members = [], regions = [] } = readTar(bytes) ?? {};
    const listed = spawnSync('tar', ['-tf', make(format)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    const names = spawnSync('tar', ['--quoting-style=literal', '-tf', make(format)], { encoding: 'utf8' }).stdout;
    expect(listed.status).toBe(0);
    expect(members.map(({ path }) => path)).toEqual(names.trim().split('\n'));
    for (const { path, type, mode, owner, target, at, size } of members) {
      const there = lstatSync(join(tree, path));
      if (type !== 'link') expect([path, mode]).toEqual([path, there.mode & 0o7777]);
      expect(owner).toBe(`${there.uid}:${there.gid}`);
      if (type === 'link') expect(target).toBe(readlinkSync(join(tree, path)));
      if (type === 'hard link') expect(target).toBe('./empty');
      if (type === 'file') expect(bytes.read(at, size).equals(readFileSync(join(tree, path))), path).toBe(true);
    }
    expect(members.find(({ path }) => path === './large')?.modified).toBe('2024-09-06 00:00:00');
    let end = 0;
    for (const { offset, size, owner } of regions) {
      expect([owner, offset]).toEqual([owner, end]);
      end = offset + size;
    }
    bytes.close();
  });

  it('errs in words when bytes are others or gone', () => {
    const whole = readFileSync(make('posix')).subarray(0, 60_000);
    const random = makeRandom(7);
    for (let round = 0; round < 400; round += 1) {
      const copy = Buffer.from(
        whole.subarray(0, round % 4 === 0 ? Math.floor(random() * whole.byteLength) : undefined),
      );
      const at = Math.floor(random() * copy.byteLength);
      if (copy.byteLength > 0) copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      try {
        readTar(bytesOf(copy));
      } catch (error) {
        if (!(error instanceof DamagedImage)) throw error;
        expect(error.message).toMatch(/archive|a reference to byte/);
      }
    }
  });

  it('is not seen in what is none', () => {
    expect(readTar(bytesOf(Buffer.alloc(10)))).toBeUndefined();
    expect(readTar(bytesOf(Buffer.alloc(10_240)))).toBeUndefined();
  });
});
