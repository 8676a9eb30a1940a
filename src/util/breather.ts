/** Lets signals, timers and progress through where much is done that waits for nothing. Never costs more than a look at the clock. */
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
