/**
 * The entry point. A build of plain labels in which nothing changed is answered here from the snapshot of the last build; main.ts does
 * everything else. Bundled as CommonJS, with few imports: an ES module that imports node:fs makes node load streams and promises too
 * (measured: 6 of 40 ms). In main.ts the same answer takes 17 ms longer.
 */
import { writeSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { findWorkspace } from '../config/workspace/workspace.ts';
import { compiledCode } from '../util/files/compiled-code.ts';
import { tolerateClosedOutput } from './session/closed-output.ts';
import { commandOf, lastBuild, upToDate } from './session/null-build.ts';

if (!answeredFromSnapshot(process.argv.slice(2))) {
  // Saves a tenth of the time of `aib ls`: a build loads half a megabyte of code.
  const code = compiledCode(import.meta.dirname);
  if (code !== undefined) enableCompileCache(code);
  void import('./main.ts');
}

/** Returns false in any doubt, for example if there is an option. */
function answeredFromSnapshot([verb, ...labels]: readonly string[]): boolean {
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

/** Bypasses process.stderr, for which node would load streams and sockets (measured: 5 of 40 ms). */
function print(stream: 'stdout' | 'stderr', text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.byteLength) written += writeSync(stream === 'stdout' ? 1 : 2, bytes, written);
  } catch {
    // Closed, full or non-blocking: the stream handles it.
    tolerateClosedOutput();
    process[stream].write(bytes.subarray(written));
  }
}
