import { expect, it } from 'vitest';
import type { Label } from '../../engine/model/graph.ts';
import type { NodeVerdict } from '../../verify/rebuild/rebuild.ts';
import type { RunName } from '../../verify/rebuild/variations.ts';
import { verdictLines } from './verdict-lines.ts';

function disks(files: Readonly<Partial<Record<RunName, readonly string[]>>>): NodeVerdict {
  const runs = Object.entries(files).map(([run, paths]) => ({
    run: run as RunName,
    round: 1,
    milliseconds: 1_000,
    outcome: 'different' as const,
    differences: [
      {
        output: 'disk',
        paths: ['/one', '/two'] as const,
        explanation: {
          type: 'disk' as const,
          difference: {
            verdict: 'different' as const,
            sizes: [1, 1] as const,
            table: [],
            outside: [],
            partitions: [
              {
                partition: '2 root',
                kind: 'ext4',
                facts: [],
                bytes: [],
                files: paths.map(path => ({ path, change: 'changed' as const, facts: [] })),
              },
            ],
          },
        },
      },
    ],
  }));
  return { label: '//a/b/c/d:disk' as Label, kind: 'disk', outcome: 'different', runs };
}

it('says in short what makes each file differ', () => {
  const lines = verdictLines(disks({ time: ['/seed'], environment: ['/seed', '/zone'], machine: ['/cpus', '/seed'] }));
  expect(lines.slice(lines.indexOf('  summary'))).toEqual([
    '  summary',
    '    /seed: differs in every run',
    '    /zone: differs with another environment',
    '    /cpus: differs with another machine',
  ]);
});

it('does so for twenty files, and not where one thing alone was varied', () => {
  const many = Array.from({ length: 30 }, (_, index) => `/file-${index}`);
  expect(verdictLines(disks({ time: many, machine: many })).at(-1)).toBe('    … 10 more');
  expect(verdictLines(disks({ machine: ['/cpus'] }))).not.toContain('  summary');
});

it('makes one line of a path, whatever is in it', () => {
  const lines = verdictLines(disks({ time: ['/a\nb\u001b[2J'], machine: [] }));
  expect(lines.join('\n')).toContain('/a b: differs with another time');
});

it('says in how much the outputs agree, where they do in anything', () => {
  const verdict = disks({ machine: [] });
  const [line] = verdictLines({ ...verdict, level: 'same packages' });
  expect(line).toBe('disk //a/b/c/d:disk: different, but same packages (machine 1.0 s)');
  expect(verdictLines({ ...verdict, level: 'different' })[0]).toBe('disk //a/b/c/d:disk: different (machine 1.0 s)');
});
