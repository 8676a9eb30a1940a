/** The command line of the program that drives QEMU; it is part of the keys of disks and boots. */

/** The time limit of disks and boots, in their keys: fixed and generous. Time limits of phases are not part of a key. */
export const DRIVER_SECONDS = 7_200;

/**
 * One thread: at its end, node waits for V8's helper threads, and one of them may wait for the main thread to collect garbage
 * (nodejs/node#54918). Such a driver never ends, although its disk is finished. The driver does not need helper threads.
 */
export function driverCommand(job: 'build' | 'boot'): readonly string[] {
  return ['node', '--single-threaded', 'drive.mjs', job];
}
