/** A small filesystem for a test, if mounting is allowed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The mount point; undefined if mounting is not allowed. */
export function mountTmpfs(folder: string, options: string): string | undefined {
  const mount = join(folder, 'mount');
  mkdirSync(mount);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mount], { stdio: 'pipe' });
  } catch {
    return undefined;
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', mount], { stdio: 'pipe' }));
  return mount;
}

export function makeReadOnly(mount: string): void {
  execFileSync('mount', ['-o', 'remount,ro', mount], { stdio: 'pipe' });
}
