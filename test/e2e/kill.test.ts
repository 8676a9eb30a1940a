import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { makeWorkspace } from './workspace.ts';

const LABEL = '//nocloud/x86_64/bios/tiny';
const NAME = 'nocloud_alpine-3.20.3-x86_64-bios-tiny-sample-r0';

describe('a build that is killed in the middle of its base, and then of its disk', () => {
  const killed = makeWorkspace(inject('sample'));
  const undisturbed = makeWorkspace(inject('sample'));
  const sum = (workspace: typeof killed): string =>
    readFileSync(workspace.path('.cache/images/nocloud', NAME, `${NAME}.qcow2.sha512`), 'utf8');

  it.each([
    ['base', /^\/\/base\//],
    ['disk', /:disk$/],
  ])('takes its QEMU along, in the %s', async (_, label) => {
    const reached = Promise.withResolvers<void>();
    const child = killed.start(
      event => {
        if (event.type === 'progress' && event.words === 'install' && label.test(event.label)) reached.resolve();
      },
      ...['build', LABEL, '--json'],
    );
    child.once('exit', () => reached.reject(new Error('aib ended before it was killed')));
    await reached.promise;
    expect(machinesOf(killed.folder)).not.toEqual([]);
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    await gone(() => machinesOf(killed.folder).length === 0);
  });

  it('is finished by the next run, to the same bytes as a build left alone, elsewhere, on another machine', async () => {
    const machine = 'qemu { cpus = 1, memory = 1536 }';
    undisturbed.edit('configs/images.conf', text => text.replace('Default {', `Default {\n  ${machine}`));
    const [next, other] = await Promise.all([
      killed.aib('build', LABEL, '--json'),
      undisturbed.aib('build', LABEL, '--json'),
    ]);
    expect(next.code).toBe(0);
    expect(next.ran).toEqual(['disk', 'image', 'metadata']);
    expect(other.ran).toContain('base');
    expect(other.code).toBe(0);
    expect(sum(killed)).toBe(sum(undisturbed));
  });

  it('boots from BIOS', async () => {
    const booted = await killed.aib('boot', LABEL, '--json');
    expect(booted.ran).toEqual(['boot']);
  });
});

/** Processes with a working folder inside the workspace's store; zombies have none. */
function machinesOf(folder: string): readonly string[] {
  const names: string[] = [];
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const environment = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const isZombie = / Z /.test(environment.slice(environment.lastIndexOf(')')));
      if (!isZombie && words[0]?.includes('qemu-system') && readlink(pid).startsWith(folder)) names.push(pid);
    } catch {
      // it ended during the check
    }
  }
  return names;
}

function readlink(pid: string): string {
  return readlinkSync(`/proc/${pid}/cwd`);
}

async function gone(check: () => boolean): Promise<void> {
  while (!check()) await sleep(50);
}
