/** Handles a closed standard output or standard error: a reader that stops early (`| head -1`) must not end the work. */

/** After this call the two streams do not throw. */
export function tolerateClosedOutput(): void {
  // A build continues, and its exit code does not change.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return;
    process.stderr.write(`aib: standard output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
}
