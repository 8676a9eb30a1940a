/** A small file system of a test's own, where one may mount. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Where it is mounted; undefined for whoever may not. */
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
