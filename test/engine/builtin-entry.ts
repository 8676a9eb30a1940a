/**
 * A process that runs builtins for tests: aib's own, and some that misbehave. AIB_TEST_CLOCK is the offset of its clock in milliseconds.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveBuiltins } from '../../src/engine/run/builtin/serve-builtins.ts';
import type { Program } from '../../src/engine/run/program.ts';
import { parameterOf } from '../../src/engine/run/program.ts';
import { BUILTINS } from '../../src/rules/programs/builtin-table.ts';
import { fail, ok } from '../../src/util/result.ts';

const now = Date.now;
const shift = Number(process.env.AIB_TEST_CLOCK ?? 0);
Date.now = () => now() + shift;

const who: Program = async ({ folder, log, progress, parameters }) => {
  log('a line for the log');
  progress('being asked');
  const mode = (process.umask() | 0o1000).toString(8);
  const zone = new Date(0).getTimezoneOffset();
  const facts = [process.pid, process.cwd() === folder, zone, mode, process.env.LC_ALL, parameters.AIB_KIND];
  writeFileSync(join(folder, 'out'), facts.join(' '));
  return ok(undefined);
};

const loop: Program = async ({ folder }) => {
  const child = spawn('sleep', ['3600'], { stdio: 'ignore' });
  writeFileSync(join(folder, 'started'), String(child.pid));
  process.stdout.write(`child ${child.pid}\n`);
  await new Promise(resolve => setTimeout(resolve, 50));
  for (;;) Math.sqrt(2);
};

const eat: Program = async () => {
  const eaten: Buffer[] = [];
  for (;;) {
    eaten.push(Buffer.alloc(16 << 20, 1));
    await new Promise(resolve => setTimeout(resolve, 20));
  }
};

const bug: Program = async () => {
  throw new TypeError('nothing is something');
};

const die: Program = async () => {
  process.stderr.write('these are the last words\n');
  await new Promise(resolve => setTimeout(resolve, 50));
  process.exit(7);
};

const flags: Program = async ({ folder }) => {
  writeFileSync(join(folder, 'out'), process.execArgv.join(' '));
  return ok(undefined);
};

/** From here on its process ignores all signals and messages of aib. */
const deaf: Program = async ({ folder }) => {
  process.removeAllListeners('disconnect');
  setInterval(() => undefined, 1_000);
  writeFileSync(join(folder, 'out'), String(process.pid));
  return ok(undefined);
};

const refuse: Program = async context =>
  fail({ code: 'AIB_BAD_ISO', what: `refused ${parameterOf(context, 'text')}`, where: 'here' });

const full: Program = async () => {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};

const made = { who, loop, eat, bug, deaf, die, flags, refuse, full };
serveBuiltins({
  ...BUILTINS,
  ...Object.fromEntries(Object.entries(made).map(([name, program]) => [name, async () => program])),
});
