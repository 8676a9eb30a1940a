import { createHash } from 'node:crypto';
import { expect, it, test } from 'vitest';
import { criticalPath } from '../../engine/build/critical-path.ts';
import type { Sha256 } from '../../store/content/digest.ts';
import type { Execution } from '../../store/history/execution.ts';
import { runPage } from './run-page.ts';

const HOSTILE = '//x<script>alert(1)</script>"\u001b[2J\u202e';

function execution(label: string, more: Partial<Execution> = {}): Execution {
  return {
    ...{ label, kind: 'disk', key: '0'.repeat(64) as Sha256, queued: 1_000, started: 1_000, duration: 2_000 },
    ...{ status: 'done', reason: 'never built here', slot: 0, resources: {}, after: [], ...more },
  };
}

function page(executions: readonly Execution[], log?: string): string {
  const run = {
    ...{ id: 7, workspace: undefined, command: `build ${HOSTILE}`, started: 1_000, ended: 9_000, nodes: 3 },
    ...{ status: 'failed' as const, ran: 2, hits: 1, failed: 1 },
  };
  const unrun = { hits: [], skipped: [{ label: HOSTILE, because: HOSTILE }] };
  const steps = criticalPath(executions);
  return [...runPage({ run, executions, unrun, steps, logOf: () => log, host: 'here, 2 processors' })].join('\n');
}

it('says what failed and with which last words, what ran and why, and what was not reached', () => {
  const text = page(
    [
      execution('//a:overlay', { kind: 'overlay', duration: 500, changed: false }),
      execution('//a:disk', {
        started: 1_500,
        after: ['//a:overlay'],
        status: 'failed',
        failure: 'no space [AIB_STORE_FULL]',
        reason: 'input <b> changed',
      }),
    ],
    'first\nlast words',
  );
  expect(text).toContain('<h2>//a:disk failed</h2>');
  expect(text).toContain('<p>no space [AIB_STORE_FULL]</p>\n<p>try: free some space');
  expect(text).toContain('first\nlast words</pre>');
  expect(text).toMatch(/<tr class="done">.*unchanged.*overlay <code>\/\/a:overlay<\/code>.*never built here/);
  expect(text).toContain('input &lt;b&gt; changed');
  expect(text).toContain('2 steps, 2.5 s of 8.0 s');
  expect(text).toContain('<summary>1 node</summary>');
  expect(text.match(/class="bar [a-z]+ critical"/g)).toHaveLength(2);
});

it('shows foreign text as text, and has no script and no request', () => {
  const text = page([execution(HOSTILE, { reason: HOSTILE, status: 'failed', failure: HOSTILE })], HOSTILE);
  expect(text).not.toContain('<script');
  expect(text).not.toMatch(/[\u001b\u202e]/);
  expect(text.match(/(?:src|href)="(?!data:)/g)).toBeNull();
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(text) ?? [];
  expect(text).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`);
});

test('a hundred packages of one image are one box; each keeps its line in the table', () => {
  const packages = Array.from({ length: 100 }, (_, index) =>
    execution(`//package/p${index}`, { kind: 'package', duration: 10, slot: index % 2 }),
  );
  const text = page([
    ...packages,
    execution('//a:packages', { kind: 'packages', started: 1_100, after: packages.map(({ label }) => label) }),
  ]);
  expect(text).toContain('Graph of 101 actions in 2 boxes');
  expect(text).toContain('package × 100 · 1.0 s');
  expect(text.match(/<tr class="done">/g)).toHaveLength(101);
  expect(text).toContain('Timeline: 2 slots, 101 actions');
});

test('ten thousand actions take little, and no picture of the graph', () => {
  const many = Array.from({ length: 10_000 }, (_, index) =>
    execution(`//n/${index}`, { started: 1_000 + index, duration: 1, after: index === 0 ? [] : [`//n/${index - 1}`] }),
  );
  const text = page(many);
  expect(text).not.toContain('Graph of');
  expect(text.length).toBeLessThan(10_000_000);
});
