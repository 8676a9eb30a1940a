import { expect, test } from 'vitest';
import type { Label } from '../../engine/model/graph.ts';
import type { NodeVerdict, RunVerdict } from '../../verify/rebuild/rebuild.ts';
import { runsOf } from '../../verify/rebuild/variations.ts';
import { formatStatement, readStatement } from '../signing/statement.ts';
import { verificationRecord } from './verification-record.ts';

function verdict(name: string, outcome: NodeVerdict['outcome'], run: Partial<RunVerdict> = {}): NodeVerdict {
  const runs = [{ run: 'machine', round: 1, milliseconds: 5, outcome: 'same', differences: [], ...run } as const];
  return { label: `//nocloud/x86_64/uefi/tiny@3.20:${name}` as Label, kind: name, outcome, runs };
}

function recordOf(verdicts: readonly NodeVerdict[], absent: readonly string[] = []) {
  return verificationRecord({
    subject: [{ name: 'x.img', digest: { sha256: '0'.repeat(64) } }],
    label: '//nocloud/x86_64/uefi/tiny@3.20',
    ...{ verdicts, absent },
    runs: runsOf(['cpu', 'memory', 'accelerator'], 1, { place: '/nowhere' }),
    builder: { version: { aib: '0.1.0' }, programs: {} },
    ...{ started: 0, finished: 1_000 },
    provenance: { sha256: '1'.repeat(64) },
  });
}

test('a record has the verdict of each node, what was varied and what was not, who did it and when', () => {
  const statement = recordOf([verdict('disk', 'bit-identical'), verdict('image', 'bit-identical')]);
  expect(readStatement(Buffer.from(formatStatement(statement)))).toMatchObject({ ok: true });
  expect(statement).toMatchObject({
    predicateType: 'urn:aib:verification:v1',
    predicate: {
      verdict: 'bit-identical',
      nodes: [
        { kind: 'disk', verdict: 'bit-identical', runs: [{ run: 'machine', outcome: 'same' }] },
        { kind: 'image' },
      ],
      varied: ['cpu', 'memory'],
      notVaried: expect.arrayContaining(['date', 'locale', 'accelerator']),
      verifier: { host: expect.any(String), version: { aib: '0.1.0' } },
      startedOn: '1970-01-01T00:00:00.000Z',
      finishedOn: '1970-01-01T00:00:01.000Z',
      provenance: { sha256: '1'.repeat(64) },
    },
  });
});

test('one node that differs or fails decides, and what could not be built again is no agreement', () => {
  const good = verdict('disk', 'bit-identical');
  const differences = [{ output: 'image', paths: ['a', 'b'], explanation: { type: 'form' } }] as const;
  const different = verdict('image', 'different', { outcome: 'different', differences });
  const failed = verdict('image', 'failed', {
    outcome: 'failed',
    failure: { code: 'AIB_TIMEOUT', what: 'It took long' },
  });
  const verdictOf = (...about: Parameters<typeof recordOf>) => recordOf(...about).predicate.verdict;
  expect(verdictOf([good, different, failed])).toBe('different');
  expect(verdictOf([good, failed])).toBe('failed');
  expect(verdictOf([good], ['//x:disk'])).toBe('incomplete');
  expect(verdictOf([])).toBe('incomplete');
  expect(JSON.stringify(recordOf([different, failed]))).toMatch(/"different":\["image"\].*"failure":"AIB_TIMEOUT"/);
});
