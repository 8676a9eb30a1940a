/** Tests on a minimal Debian: the commands of the README work there as they are written, and their requirements are met. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { formatSeconds } from '../../src/report/text/duration.ts';
import { aibHome } from '../../src/util/files/home.ts';
import { type Ended, makeRoot, type User, whyNoRoot } from './root.ts';

const MINUTE = 60_000;
const VERSION = /^aib\/[\d.]+ linux-\w+ node-v\d+/gm;

export function tryOn(suite: string, { quickAs }: { readonly quickAs: User }): void {
  const missing = whyNoRoot();

  describe(`a ${suite} with nothing on it`, () => {
    test(
      `is set up by its ${quickAs} user, runs tests and starts aib`,
      async context => {
        if (missing !== undefined) return context.skip(missing);
        const run = await enter(suite, quickAs, context.signal);
        const early = await run('./aib --version', 2);
        expect(early.output.trim()).toMatch(/^\w+: \w+ is missing: run \/.*\/setup$/);
        await run('./setup --yes');
        expect((await run('./aib --version')).output).toMatch(VERSION);
        await run('./setup --yes --tests');
        expect((await run('npm run unit -- src/config')).output).toMatch(/^[1-9]\d* passed, 0 failed,/m);
        // Two first starts at the same time, in a checkout without packages: one of them installs, both start.
        const both = await run('rm -rf node_modules; ./aib --version & ./aib --version && wait');
        expect(both.output.match(VERSION)).toHaveLength(2);
        expect(both.output.match(/^Installing npm packages/gm)).toHaveLength(1);
      },
      20 * MINUTE,
    );

    // Each takes as long as ./run-tests, so each Debian has one user here; the other one sets the other Debian up.
    const user = quickAs === 'root' ? 'ordinary' : 'root';
    const options = { tags: ['full'], timeout: 60 * MINUTE };
    test(`passes the README's commands as they stand, for its ${user} user`, options, async context => {
      if (missing !== undefined) return context.skip(missing);
      const run = await enter(suite, user, context.signal);
      for (const command of readmeCommands()) await run(command);
    });
  });
}

/** The commands under "Start", except the checkout, and the console that waits for input. */
function readmeCommands(): readonly string[] {
  const readme = readFileSync(join(aibHome(), 'README.md'), 'utf8');
  const commands = [...readme.matchAll(/^ {4}(\.\/.*?) *(?:#.*)?$/gm)].map(([, command = '']) => command);
  expect(commands[0]).toBe('./quickstart');
  expect(commands.at(-1)).toBe('./run-tests');
  return commands.filter(command => !command.startsWith('./aib run '));
}

async function enter(suite: string, user: User, signal: AbortSignal) {
  const root = await makeRoot(suite, user, signal);
  // Removes some hundred thousand files, on a disk that other processes may use.
  onTestFinished(() => root.remove(), 10 * MINUTE);
  return async (command: string, code = 0): Promise<Ended> => {
    const began = Date.now();
    const ended = await root.run(command);
    process.stdout.write(`${suite}, ${user} user: ${command}: ${formatSeconds(Date.now() - began)}\n`);
    const end = ended.output.trimEnd().split('\n').slice(-40).join('\n');
    expect(ended.code, `${command} in ${suite}, all of it in ${root.log}:\n${end}`).toBe(code);
    return ended;
  };
}
