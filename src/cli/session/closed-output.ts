/** What happens when standard output or error cannot be written any more: a reader that has seen enough (`| head -1`) never ends our work. */

/** From here on the two streams don't throw. */
export function tolerateClosedOutput(): void {
  // A build goes on, and its exit code is its own.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return;
    process.stderr.write(`aib: standard output cannot be written: ${error.message}\n`);
    process.exit(1);
  });
}
