/**
 * Builds of objects that are killed at any moment of their communication with the outside world: nothing is created twice, and nothing is
 * left over.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import SQLite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { seedOf, tier } from '../tier.ts';
import { makeFolder, report } from '../torture/rig.ts';
import { makeRandom } from '../torture/synthetic-graph.ts';
import { Account } from './account.ts';
import type { BuilderOptions } from './builder.ts';
import { faultsOf } from './world.ts';

const KILLS = { first: 10, full: 200, soak: 2_000 }[tier];
/** A little more than the moments of an undisturbed build. */
const MOMENTS = 70;
/** The worst behaviour of a provider. */
const MANNERS = { throttled: 10, lost: 10, lag: 6, slow: 8 };

test(
  `${KILLS} builds killed at any moment make nothing twice, and leave nothing over`,
  async () => {
    const random = makeRandom(seedOf('kills of objects', 41));
    const counts = { 'builds killed': 0, 'of them by the clock': 0, 'memories lost': 0, 'objects made': 0, calls: 0 };
    for (let history = 0; counts['builds killed'] < KILLS; history += 1) {
      const folder = makeFolder();
      const account = new Account(join(folder, 'account'));
      for (const content of ['one', 'two']) {
        writeFileSync(join(folder, 'text'), content);
        for (let isDone = false; !isDone; ) {
          if (random() < 0.2) counts['memories lost'] += loseMemory(folder, random());
          const byClock = random() < 0.3;
          const seed = Math.floor(random() * 2 ** 31);
          const dieAt = byClock ? {} : { dieAt: 1 + Math.floor(random() * MOMENTS) };
          const child = start({ folder, manners: MANNERS, seed, refresh: random() < 0.2, ...dieAt });
          const timer = byClock ? setTimeout(() => child.kill('SIGKILL'), random() * 500) : undefined;
          const [output, said] = [text(child.stdout), text(child.stderr)];
          const [code, signal] = await ended(child);
          clearTimeout(timer);
          const about = `history ${history}, content ${content}, killed at ${dieAt.dieAt ?? 'some time'}`;
          isDone = code === 0;
          if (isDone) expect(JSON.parse(await output), about).toMatchObject({ status: 'done' });
          else expect(signal, `${about}: ${await said}`).toBe('SIGKILL');
          counts['builds killed'] += isDone ? 0 : 1;
          counts['of them by the clock'] += !isDone && byClock ? 1 : 0;
          expect(faultsOf(account.items, { isFinished: isDone }), about).toEqual([]);
        }
      }
      counts['objects made'] += account.items.length;
      counts.calls += account.calls;
      const { calls } = account;
      const again = start({ folder, manners: MANNERS, seed: 1 });
      again.stderr.resume();
      expect(await ended(again)).toEqual([0, null]);
      expect(account.calls, 'a null build asks nothing').toBe(calls);
    }
    report('kills of objects', { ...counts, 'made twice': 0, 'left over': 0 });
  },
  { first: 120_000, full: 900_000, soak: 9_000_000 }[tier],
);

describe('Ctrl-C', () => {
  test('while something is waited for says what goes on without aib', async () => {
    const { child, said, until } = startAtOnce({ slow: 100_000 });
    await until('waits for the snapshot');
    child.kill('SIGINT');
    expect(await ended(child)).toEqual([0, null]);
    expect(await said).toMatch(LEFT);
  });

  test('twice ends at once, and says what is left on the way', async () => {
    const { child, said, until } = startAtOnce({ pause: 60_000 });
    await until('makes the snapshot');
    child.kill('SIGINT');
    // The request is not interrupted, so nothing happens.
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    expect(await ended(child)).toEqual([130, null]);
    expect(await said).toMatch(LEFT);
  });
});

const LEFT = /^unfinished at the provider; the next build continues with:\n {2}import \/\/import, its snapshot$/m;

function start(options: BuilderOptions) {
  const words = ['--experimental-strip-types', '--no-warnings', join(import.meta.dirname, 'builder.ts')];
  return spawn(process.execPath, [...words, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'pipe'] });
}

function startAtOnce(manners: BuilderOptions['manners']) {
  const folder = makeFolder();
  writeFileSync(join(folder, 'text'), 'the disk');
  const child = start({ folder, manners, seed: 1 });
  const said = text(child.stderr);
  const until = async (words: string): Promise<void> => {
    let heard = '';
    const { promise, resolve } = Promise.withResolvers<void>();
    child.stderr.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.includes(words)) resolve();
    });
    await promise;
  };
  return { child, said, until };
}

async function ended(child: ChildProcess): Promise<readonly [number | null, NodeJS.Signals | null]> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return [child.exitCode, child.signalCode];
}

/** Removes the facts, or everything that the store knows; returns 1 if there was something to remove. */
function loseMemory(folder: string, choice: number): number {
  if (choice < 0.3) {
    rmSync(join(folder, 'cache'), { recursive: true, force: true });
    return 1;
  }
  try {
    const database = new SQLite(join(folder, 'cache', 'aib.db'), { fileMustExist: true });
    const lost = database.prepare('DELETE FROM facts').run().changes;
    database.close();
    return Math.min(1, lost);
  } catch {
    return 0;
  }
}
