/**
 * A building process for tests that kill it: `node builder.ts JSON` builds once and prints each event, then its outcome, as a line of JSON.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { type BuildOptions, buildOnce, COLLECTING } from './rig.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as BuildOptions & {
  /** Kills itself with SIGKILL instead of the removal with this number, counted from the start of the collection. */
  readonly dieAtRemoval?: number;
};
const say = (value: unknown): void => void fs.writeSync(1, `${JSON.stringify(value)}\n`);
const outcome = await buildOnce(options, event => {
  say({ event });
  if (event.type === 'notice' && event.line === COLLECTING && options.dieAtRemoval !== undefined)
    dieAtRemoval(options.dieAtRemoval);
});
say({ outcome });

function dieAtRemoval(number: number): void {
  const remove = fs.rmSync;
  let count = 0;
  fs.rmSync = (...words) => {
    count += 1;
    if (count === number) process.kill(process.pid, 'SIGKILL');
    remove(...words);
  };
  syncBuiltinESMExports();
}
