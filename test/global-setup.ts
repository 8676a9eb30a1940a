/**
 * Runs once before all tests: if a required tool is missing, ends the run with one line that says how to fix it; and updates the programs
 * of aib that tests start, so that they are as new as their sources.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { aibHome } from '../src/util/files/home.ts';
import { findOnPath } from '../src/util/process/on-path.ts';

export function setup(): void {
  const missing = ['qemu-system-x86_64', 'qemu-img'].filter(tool => findOnPath(tool) === undefined);
  if (missing.length === 0) {
    execFileSync(join(aibHome(), 'aib'), ['--version']);
    return;
  }
  // Thrown errors come with a stack and vitest's own advice, which would bury the line.
  process.stderr.write(`QEMU is missing (${missing.join(', ')} not found on PATH): run ./setup\n`);
  process.exit(1);
}
