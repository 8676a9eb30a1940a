import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { testLock } from '../../alpine/locking/test-lock.ts';
import type { Selected } from '../../config/tree/label.ts';
import type { BuildEvent } from '../../engine/model/events.ts';
import type { Label } from '../../engine/model/graph.ts';
import type { Project } from '../../rules/project/project.ts';
import { testConfig } from '../../rules/test-config.ts';
import { warnAboutAge, withAcceleratorNotice } from './build-notices.ts';

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
  for (const line of said) expect(line).toContain('3.20 reached its end of life on 2026-04-01');
});

test('emulation is told once, when the first machine starts that is emulated', () => {
  const own = testConfig('');
  const other = { ...own, arch: 'riscv64', variant: { ...own.variant, name: '//aws/riscv64/uefi/tiny@3.20' } };
  const linesOf = (accelerator: 'kvm' | 'tcg', ...kinds: readonly (readonly [string, typeof own])[]) => {
    const lines: string[] = [];
    const heard = (event: BuildEvent): void => void (event.type === 'notice' && lines.push(event.line));
    const emit = withAcceleratorNotice({ accelerator, reason: 'no KVM' }, { configs: [own, other] }, heard);
    for (const [kind, { variant }] of kinds)
      emit({
        type: 'running',
        label: `${variant.name}:${kind}` as Label,
        kind,
        reason: '',
        at: 0,
        waited: 0,
        slot: 0,
        resources: {},
      });
    return lines;
  };
  expect(linesOf('tcg', ['overlay', own])).toEqual([]);
  expect(linesOf('tcg', ['disk', own], ['boot', own], ['disk', other])).toEqual(['no KVM']);
  const foreign = 'this machine cannot run riscv64 natively: emulating, which is several times slower';
  expect(linesOf('kvm', ['disk', other], ['disk', other])).toEqual([foreign]);
});
