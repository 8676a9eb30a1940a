/**
 * Records which blocks of a snapshot were already sent, on disk beside the store, so that a killed run can be resumed. The record is never
 * trusted: a snapshot is completed with the number and the checksum of all its blocks, and AWS refuses a mismatch.
 */
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BlockList } from './snapshot-blocks.ts';

const LINE = /^(\d+) ([0-9a-f]{64})$/;

export class SentBlocks {
  readonly #path: string;
  #sent: Map<number, string>;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    this.#sent = new Map(readBlockList(path));
  }

  has(index: number, hash: string): boolean {
    return this.#sent.get(index) === hash;
  }

  add(index: number, hash: string): void {
    this.#sent.set(index, hash);
    appendFileSync(this.#path, `${index} ${hash}\n`);
  }

  /** For a snapshot that is complete, or must be sent again. */
  forget(): void {
    this.#sent = new Map();
    rmSync(this.#path, { force: true });
  }
}

/** The record of a pending snapshot. */
export function sentBlocksOf(memory: string, snapshot: string): SentBlocks {
  return new SentBlocks(join(memory, `${snapshot}.sent`));
}

/** Empty for a missing file. A truncated line is ignored. */
export function readBlockList(path: string): BlockList {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return new Map();
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return new Map(
    whole.split('\n').flatMap(line => {
      const [, index, hash] = LINE.exec(line) ?? [];
      return index === undefined || hash === undefined ? [] : [[Number(index), hash] as const];
    }),
  );
}

/** In the format of `readBlockList`; a truncated file is a shorter list. */
export function writeBlockList(path: string, blocks: BlockList): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, [...blocks].map(([index, hash]) => `${index} ${hash}\n`).join(''));
}
