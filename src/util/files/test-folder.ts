/** For tests: an empty folder, which is removed after the test. Several tests must not share one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The name identifies the test in printed paths. */
export function testFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `aib-${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
