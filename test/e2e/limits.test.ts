/** The time limits of phases: from the setting and the option to the machine, and never in a key. The machine is a stand-in for QEMU. */
import { describe, expect, inject, it } from 'vitest';
import { DONE_AT_ONCE, standInMachine } from './stand-in-machine.ts';
import { makeWorkspace } from './workspace.ts';

const DISK = '//aws/x86_64/uefi/tiny:disk';
const SHORT = ['--set', 'qemu.timeouts.setup=1'] as const;

describe('the time limit of a phase', () => {
  const workspace = makeWorkspace(inject('sample'));
  const stuck = standInMachine("printf 'AIB phase boot\\nAIB phase setup\\n' >&3; exec sleep 600");
  const quick = standInMachine(DONE_AT_ONCE);

  it.each([
    [[], 1],
    [['--limit-factor', '3'], 3],
  ] as const)('is that of the setting, and with %j so many times as long', async (words, seconds) => {
    const built = await workspace.aibWith(stuck, 'build', DISK, ...SHORT, ...words);
    expect(built.code).toBe(1);
    expect(built.stderr).toContain(`phase setup took longer than ${seconds} s [AIB_TIMEOUT]`);
    expect(built.stderr).toMatch(/try .*qemu\.timeouts\.setup .*--limit-factor/);
  });

  it('is in no key: with another one, or with more memory, a disk that was built is up to date', async () => {
    expect((await workspace.aibWith(quick, 'build', DISK, '--json')).ran).toContain('disk');
    for (const words of [SHORT, ['--limit-factor', '3'], ['--set', 'qemu.memory=3000']]) {
      const again = await workspace.aibWith(quick, 'build', DISK, '--json', ...words);
      expect(again).toMatchObject({ code: 0, ran: [] });
    }
  });

  it('refuses a phase that there is none of, and a factor that is no number', async () => {
    const phase = await workspace.aibWith(quick, 'build', DISK, '--set', 'qemu.timeouts.instal=1');
    expect(phase).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean install?') });
    const factor = await workspace.aibWith(quick, 'build', DISK, '--limit-factor', 'lots');
    expect(factor).toMatchObject({ code: 2, stderr: expect.stringContaining('--limit-factor must be a whole number') });
  });
});
