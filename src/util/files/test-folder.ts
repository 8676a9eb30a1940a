/** For tests: an empty folder, gone with all that is in it once the test is over. Never for what several tests share. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The name says whose it is, in paths that a test prints. */
export function testFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `aib-${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
