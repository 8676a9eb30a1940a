/** Runs the command in a separate process, as a user calls it from a folder. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { aibHome } from '../src/util/files/home.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runAib(folder: string, words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(aibHome(), 'aib'), words, {
      cwd: folder,
      env: { ...process.env, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject).once('close', code => resolve({ code, stdout, stderr }));
  });
}
