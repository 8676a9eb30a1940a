/**
 * Which blocks of a snapshot were sent already, on disk beside the store: a run that was killed goes on from there. Only remembered, never believed: a
 * snapshot is completed with the number and the checksum of all of its blocks, and AWS refuses what does not agree.
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

  /** All of them are to be sent again, or none ever. */
  forget(): void {
    this.#sent = new Map();
    rmSync(this.#path, { force: true });
  }
}

/** Of a snapshot that is under way. */
export function sentBlocksOf(memory: string, snapshot: string): SentBlocks {
  return new SentBlocks(join(memory, `${snapshot}.sent`));
}

/** Empty for a file that is not there. A line that was cut short says nothing. */
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

/** Readable by `readBlockList`; what is cut short is a shorter list. */
export function writeBlockList(path: string, blocks: BlockList): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, [...blocks].map(([index, hash]) => `${index} ${hash}\n`).join(''));
}
