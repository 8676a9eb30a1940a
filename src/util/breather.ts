/** Lets signals, timers and progress run during long work without waits. Usually it costs only a look at the clock. */
import { setImmediate as turn } from 'node:timers/promises';

/** Milliseconds. */
const BREATH = 50;

export function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < BREATH) return;
    await turn();
    last = performance.now();
  };
}
