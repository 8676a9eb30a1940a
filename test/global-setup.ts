/** Runs once before all tests: ends the run with the one line that mends it where a tool is missing that tests cannot do without. */
import { findOnPath } from '../src/qemu/host-tools.ts';

export function setup(): void {
  const missing = ['qemu-system-x86_64', 'qemu-img'].filter(tool => findOnPath(tool) === undefined);
  if (missing.length === 0) return;
  // Thrown errors come with a stack and vitest's own advice, which would bury the line.
  process.stderr.write(`QEMU is missing (${missing.join(', ')} not found on PATH): run ./setup\n`);
  process.exit(1);
}
