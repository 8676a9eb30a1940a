/**
 * The stages of a disk result in the same bytes wherever the chain is split and whatever the machine is granted, and share the intended
 * nodes.
 */
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { digestOfFile } from '../../src/store/content/digest.ts';
import { makeWorkspace } from './workspace.ts';

const LABEL = '//nocloud/x86_64/uefi/tiny';
const OTHER = '//aws/x86_64/uefi/cloudinit';

describe('the stages of a disk', () => {
  const workspace = makeWorkspace(inject('sample'));
  const folder = mkdtempSync(join(tmpdir(), 'aib-stages-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const place = (...names: readonly string[]): string => join(folder, ...names);
  let base = '';
  const commands = new Map<string, string>();

  const laidOut = async (label: string, name: string): Promise<void> => {
    const shown = await workspace.aib('action', label, '--to', place(name), '--json');
    expect(shown.code, shown.stderr).toBe(0);
    commands.set(name, JSON.parse(shown.stdout).command);
  };
  /** Runs the inputs in a folder with other stages than its action has, on another machine. */
  const run = (name: string, stages: string, granted: string): string => {
    rmSync(place(name, 'out'), { recursive: true, force: true });
    const command = commands.get(name)?.replace(/AIB_STAGES=('[^']*'|\S+)/, `AIB_STAGES='${stages}' ${granted}`) ?? '';
    const ended = spawnSync('sh', ['-ec', command], {
      env: { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env.PATH}` },
      encoding: 'utf8',
    });
    expect([ended.stderr, ended.status]).toEqual(['', 0]);
    return ended.stdout;
  };
  const digest = async (...names: readonly string[]): Promise<string> => (await digestOfFile(place(...names))).hash;
  /** The file of the first output. */
  const stored = async (label: string): Promise<string> => {
    const printed = await workspace.aib('query', label, '--state', '--output', 'json');
    expect(printed.code, printed.stderr).toBe(0);
    return JSON.parse(printed.stdout).digest;
  };

  beforeAll(async () => {
    const built = await workspace.aib('build', `${LABEL}:disk`, '--json');
    expect(built.ran.filter(kind => kind === 'base' || kind === 'disk')).toEqual(['base', 'disk']);
    const asked = await workspace.aib('query', `kind("^base$", deps(${LABEL}:disk))`);
    base = asked.stdout.trim();
    await laidOut(base, 'base');
    await laidOut(`${LABEL}:disk`, 'disk');
    cpSync(place('base/base'), place('all/base'), { recursive: true });
    cpSync(place('disk'), place('all'), { recursive: true });
    rmSync(place('all/tree'));
    cpSync(place('base/guest/stages/base'), place('all/guest/stages/base'));
    commands.set('all', (commands.get('disk') ?? '').replace(place('disk'), place('all')));
  }, 300_000);

  it('run in one machine as in two, and in one that boots as in one that goes on from where another had booted', async () => {
    expect((await workspace.aib('log', `${LABEL}:disk`)).stdout).toContain('aib: restore');
    run('all', 'base tree disk', 'AIB_WORKER_CPU=1');
    expect(await digest('all/out/disk')).toBe(await stored(`${LABEL}:disk`));
  });

  it('give the same from a base that is made anew, and in a machine each', { tags: ['full'] }, async () => {
    for (const granted of ['AIB_WORKER_CPU=1 AIB_WORKER_MEMORY=700', 'AIB_WORKER_CPU=2']) {
      run('base', 'base', granted);
      expect(await digest('base/out/tree')).toBe(await stored(base));
      cpSync(place('base/out/tree'), place('disk/tree'));
      run('disk', 'tree disk', granted);
      const [disk, installed] = [await digest('disk/out/disk'), await digest('disk/out/installed')];
      expect(disk).toBe(await stored(`${LABEL}:disk`));
      run('disk', 'tree', granted);
      renameSync(place('disk/out/tree'), place('disk/tree'));
      run('disk', 'disk', granted);
      expect([await digest('disk/out/disk'), await digest('disk/out/installed')]).toEqual([disk, installed]);
    }
  });

  it('give the same where the machine to go on from is none', { tags: ['full'] }, async () => {
    const granted = `AIB_WORKER_MACHINES=${place('machines')}`;
    const begun = (): readonly string[] => run('disk', 'tree disk', granted).match(/aib: (restore|boot)$/gm) ?? [];
    cpSync(place('base/out/tree'), place('disk/tree'));
    expect(begun()).toEqual(['aib: boot']);
    expect(begun()).toEqual(['aib: restore', 'aib: boot']);
    const [name = ''] = readdirSync(place('machines'));
    const nonsense = randomBytes(1_000_000);
    rmSync(place('machines', name));
    const digestOfNonsense = createHash('sha256').update(nonsense).digest('hex');
    writeFileSync(place('machines', name.replace(/-.*/, `-${digestOfNonsense}`)), nonsense);
    expect(begun()).toEqual(['aib: restore', 'aib: boot']);
    expect(readdirSync(place('machines'))).toEqual([expect.stringMatching(/^[0-9a-f]{32}-[0-9a-f]{64}$/)]);
    expect(await digest('disk/out/disk')).toBe(await stored(`${LABEL}:disk`));
  });

  it('share the base: another image, of another bootstrap and cloud, makes none', { tags: ['full'] }, async () => {
    const built = await workspace.aib('build', `${OTHER}:disk`, '--json');
    expect([built.code, built.ran.filter(kind => kind === 'base' || kind === 'disk')]).toEqual([0, ['disk']]);
  });
});
