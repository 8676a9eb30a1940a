/** How a command action runs the one-file program that drives QEMU; the words are in the keys of disks and boots. */

/** Of disks and boots, in their keys: fixed and generous. What a phase may take is no part of a key. */
export const DRIVER_SECONDS = 7_200;

/**
 * One thread: node waits at its end for V8's helper threads, one of which may wait for the main thread to collect garbage (nodejs/node#54918).
 * Such a driver never ends, seconds after its disk was finished. The driver has no use for helpers anyhow.
 */
export function driverCommand(job: 'build' | 'boot'): readonly string[] {
  return ['node', '--single-threaded', 'drive.mjs', job];
}
