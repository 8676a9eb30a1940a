/** Runs the graph benchmark at a tiny size, to check that it works. The measured values do not matter here. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aibHome } from '../src/util/files/home.ts';

const others = ['ninja', 'make'].filter(name => spawnSync(name, ['--version']).status === 0);

const canMeasureMemory = existsSync('/usr/bin/time');

test('aib and the tools that are installed build the same graph, then nothing, then what one change asks for', () => {
  const before = bundles();
  const words = ['--no-warnings', join(aibHome(), 'bench/graph.ts'), '--rounds=1', '--without=bazel', '20'];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const tables = stdout.split('\n\n').slice(1);
  expect(tables.map(text => text.split('\n')[0])).toEqual([
    'cold: everything is to be done; ms, 1 run each',
    'null: nothing is to be done; ms, 1 run each',
    'incremental: one source changed, 12 nodes are to be made; ms, 1 run each',
    'peak memory, MiB',
  ]);
  const [memory = '', ...times] = tables.toReversed();
  for (const name of ['aib', ...others]) {
    for (const text of times) expect(text).toMatch(new RegExp(`^${name} +[0-9.]+ `, 'm'));
    expect(memory).toMatch(new RegExp(`^${name} +${canMeasureMemory ? '[0-9.]+' : '-'} `, 'm'));
  }
  // It leaves no other files behind.
  expect(bundles()).toEqual(before);
}, 120_000);

/** The bundles of the benchmark, which exist while it runs. */
function bundles(): readonly string[] {
  return readdirSync(join(aibHome(), 'node_modules')).filter(name => name.startsWith('.aib-bench-'));
}

test('a size that is none is refused', () => {
  const { status, stderr } = spawnSync(process.execPath, ['--no-warnings', join(aibHome(), 'bench/graph.ts'), 'many'], {
    encoding: 'utf8',
  });
  expect(status).toBe(2);
  expect(stderr).toContain('many');
});
