import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { testLock } from '../../alpine/locking/test-lock.ts';
import type { Selected } from '../../config/tree/label.ts';
import type { Project } from '../../rules/project/project.ts';
import { warnAboutAge } from './build-notices.ts';

const PROJECT = { lock: testLock() } as Project;
const SELECTED = [{ variant: { version: '3.20' } }, { variant: { version: '3.20' } }] as unknown as readonly Selected[];

let said: string[];
beforeEach(() => {
  said = [];
  vi.spyOn(process.stderr, 'write').mockImplementation(text => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each([
  ['2026-04-01T23:59:59Z', 0],
  ['2026-04-02T00:00:00Z', 1],
])('the end of life of a version is told once, when it has passed: at %s', (now, times) => {
  vi.setSystemTime(new Date(now));
  warnAboutAge(PROJECT, SELECTED);
  expect(said).toHaveLength(times);
  for (const line of said) expect(line).toContain('3.20 has passed its end of life on 2026-04-01');
});
