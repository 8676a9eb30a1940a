/**
 * What node runs first. A build in which nothing changed, named by labels alone, is answered here from the last build's snapshot; all else is
 * for the command line proper. Bundled as CommonJS and imports no more than it must: an ES module that names node:fs makes node load streams
 * and promises too (measured: 6 of 40 ms). Through the command line proper the same answer takes 17 ms longer.
 */
import { writeSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { findWorkspace } from '../config/workspace/workspace.ts';
import { tolerateClosedOutput } from './session/closed-output.ts';
import { commandOf, lastBuild, upToDate } from './session/null-build.ts';

if (!saidThatAllIsDone(process.argv.slice(2))) {
  // A tenth of what `aib ls` takes: a build loads half a megabyte of code.
  enableCompileCache(join(import.meta.dirname, 'v8'));
  void import('./main.ts');
}

/** Anything doubtful, such as an option, is a "no". */
function saidThatAllIsDone([verb, ...labels]: readonly string[]): boolean {
  if (verb !== 'build' && verb !== 'boot') return false;
  if (labels.length === 0 || !labels.every(label => label.startsWith('//'))) return false;
  const workspace = findWorkspace(process.cwd(), { cache: process.env.AIB_CACHE });
  if (!workspace.ok) return false;
  const last = lastBuild(workspace.value, commandOf(workspace.value, { verb, labels }));
  if (last === undefined) return false;
  print('stderr', upToDate(last));
  print('stdout', last.lines.map(line => `${line}\n`).join(''));
  return true;
}

/** Past process.stderr, for which node would load its streams and sockets (measured: 5 of 40 ms). */
function print(stream: 'stdout' | 'stderr', text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.byteLength) written += writeSync(stream === 'stdout' ? 1 : 2, bytes, written);
  } catch {
    // Closed, full, or not to be waited for: the stream knows how to deal with it.
    tolerateClosedOutput();
    process[stream].write(bytes.subarray(written));
  }
}
