/** The read-only verbs, as a user runs them. No machine is booted here: overlays are enough for the queries. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { makeWorkspace } from './workspace.ts';

const OVERLAY = '//aws/x86_64/uefi/tiny:overlay';
const FULL = '//aws/x86_64/uefi/tiny@3.20:overlay';
const MOTD = ['MOTD, the message of the day  (configs/images.conf:13:15)', '- Welcome to', '+ Hail to'];

// Each test continues from the end of the previous one.
describe('questions about a project', () => {
  const workspace = makeWorkspace(inject('sample'));
  const ask = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await workspace.aib(...words);
    expect(code, stderr).toBe(0);
    return stdout;
  };

  it('can be asked before anything was built, and leave no store behind', async () => {
    expect(await ask('plan', OVERLAY)).toContain(`runs  ${FULL}`);
    expect(await ask('why', OVERLAY)).toBe(`${FULL} is made because never built here\n`);
    expect(await ask('ls', '//aws/x86_64/uefi/tiny')).toContain('not locked');
    expect(existsSync(workspace.path('.cache'))).toBe(false);
  });

  it('find nothing to do once it was built', async () => {
    await ask('build', OVERLAY);
    expect(await ask('plan', OVERLAY)).toMatch(/^up to date: \d+ nodes, nothing to do\n$/);
    expect(await ask('why', OVERLAY)).toContain(`${FULL} was made because never built here`);
    expect(await ask('query', 'attr(state, built, //...)')).toBe(`${FULL}\n`);
    expect(await ask('build', OVERLAY, '--expect-cached')).toBe('');
    const [line = ''] = (await ask('query', FULL, '--state', '--json')).split('\n');
    expect(JSON.parse(line)).toMatchObject({ state: 'built', size: expect.any(Number), duration: expect.any(Number) });
  });

  it('are about what is there: a mirror that is named for once, or chosen, is no change', async () => {
    writeFileSync(workspace.path('aib.local.conf'), '');
    const built = await workspace.aib('build', OVERLAY, '--mirror', inject('sample'));
    expect(built.code).toBe(0);
    expect(built.stderr).not.toContain('changed during the build');
    await ask('mirror', 'use', inject('sample'));
    expect(readFileSync(workspace.path('aib.local.conf'), 'utf8')).toContain(inject('sample'));
  });

  it('name an edit in plan, why, and the state of nodes', async () => {
    workspace.edit('configs/images.conf', text => text.replace('Welcome to Alpine', 'Hail to Alpine'));
    expect(await ask('plan', OVERLAY)).toMatch(/runs +\/\/aws\/x86_64\/uefi\/tiny@3.20:overlay +\d+ ms +MOTD changed/);
    const why = await ask('why', OVERLAY);
    for (const line of MOTD) expect(why).toContain(line);
    expect(await ask('query', 'attr(state, stale, //...)')).toBe(`${FULL}\n`);
    expect(JSON.parse(await ask('why', OVERLAY, '--json'))).toMatchObject({
      now: { label: FULL, verdict: 'runs', causes: [{ type: 'parameter', name: 'MOTD' }] },
      execution: { status: 'done' },
    });
  });

  it('make a build fail at the first miss if it expects none, with the same explanation, and run nothing', async () => {
    const runs = readdirSync(workspace.path('.cache/runs'));
    const { code, stderr } = await workspace.aib('build', OVERLAY, '--expect-cached');
    expect(code).toBe(1);
    expect(stderr).toContain('AIB_NOT_CACHED');
    for (const line of MOTD) expect(stderr).toContain(line);
    expect(await ask('plan', OVERLAY)).toContain('MOTD changed');
    expect(readdirSync(workspace.path('.cache/runs')).length).toBeLessThanOrEqual(runs.length + 1);
  });

  it('are answered by a build that explains itself', async () => {
    const { code, stderr } = await workspace.aib('build', OVERLAY, '--explain');
    expect(code).toBe(0);
    expect(stderr).toContain(`${FULL} is made because MOTD changed`);
    for (const line of MOTD) expect(stderr).toContain(line);
    expect(await ask('why', OVERLAY)).toContain(`${FULL} was made because MOTD changed`);
  });

  it('know what a build would find in a store that lost its database, and bring back none', async () => {
    const database = workspace.path('.cache/aib.db');
    const kept = readFileSync(database);
    for (const remains of ['nothing', 'an empty file']) {
      rmSync(database);
      if (remains === 'an empty file') writeFileSync(database, '');
      expect(await ask('plan', OVERLAY), remains).toContain('up to date');
      expect(await ask('why', OVERLAY), remains).toContain(`${FULL} is up to date`);
      expect(statSync(database, { throwIfNoEntry: false })?.size ?? 0, remains).toBe(0);
      writeFileSync(database, kept);
    }
  });

  it('do not take a store that they cannot read for one in which nothing was built', async () => {
    writeFileSync(workspace.path('no folder'), '');
    const { code, stderr } = await workspace.aib('plan', OVERLAY, '--cache', 'no folder');
    expect(code).toBe(1);
    expect(stderr).toContain('The store cannot be read [AIB_STORE_OPEN]');
  });

  it('tell how one node depends on another', async () => {
    expect(await ask('why', '//aws/x86_64/uefi/tiny', '//source/scripts/setup')).toBe(
      [
        '//aws/x86_64/uefi/tiny@3.20:image',
        '  reads disk from //aws/x86_64/uefi/tiny@3.20:disk',
        '  reads overlay.tar (its overlay) from //aws/x86_64/uefi/tiny@3.20:overlay',
        '  reads scripts/setup (its file) from //source/scripts/setup',
        '',
      ].join('\n'),
    );
    const reverse = await workspace.aib('why', '//source/scripts/setup', '//aws/x86_64/uefi/tiny');
    expect(reverse.code).toBe(1);
    expect(reverse.stderr).toContain('the second depends on the first');
  });

  it('tell whose a file is', async () => {
    expect(await ask('owner', 'scripts/setup')).toBe('//source/scripts/setup reads it\n');
    expect(await ask('owner', 'configs/cloud/nocloud.conf')).not.toContain('//aws');
    expect(await ask('owner', 'aib.sample.lock')).toContain('//iso/3.20/x86_64 is locked by it');
    const [tar] = (await ask('query', FULL, '--output', 'files')).trim().split('\n');
    expect(await ask('owner', tar ?? '')).toBe(`${FULL} made it\n`);
    writeFileSync(workspace.path('a copy.tar'), readFileSync(tar ?? ''));
    expect(await ask('owner', 'a copy.tar')).toBe(`${FULL} made it\n`);
    const log = readdirSync(workspace.path('.cache/runs'), { recursive: true, encoding: 'utf8' }).filter(name =>
      name.endsWith('overlay.log'),
    );
    expect(log.length).toBeGreaterThan(1);
    for (const each of log) expect(await ask('owner', `.cache/runs/${each}`)).toBe(`${FULL} logged it\n`);
    renameSync(workspace.path('scripts/setup'), workspace.path('kept elsewhere'));
    symlinkSync('../kept elsewhere', workspace.path('scripts/setup'));
    expect(await ask('owner', 'kept elsewhere')).toBe('//source/scripts/setup reads it\n');
    renameSync(workspace.path('kept elsewhere'), workspace.path('scripts/setup'));
    const strange = await workspace.aib('owner', '/etc/hostname');
    expect(strange.code).toBe(1);
    expect(strange.stderr).toContain('AIB_NO_OWNER');
  });

  it("never take aib's own script for one of the workspace's that cannot be read", async () => {
    const path = workspace.path('scripts/setup');
    const kept = readFileSync(path);
    rmSync(path);
    symlinkSync('nowhere', path);
    const dangling = await ask('why', OVERLAY);
    expect(dangling).toContain(`${FULL} cannot be made`);
    expect(dangling).toContain(`at    ${path}`);
    rmSync(path);
    mkdirSync(path);
    const folder = await workspace.aib('why', OVERLAY);
    expect(folder.code).toBe(2);
    expect(folder.stderr).toContain('got   a folder');
    rmSync(path, { recursive: true });
    writeFileSync(path, kept);
  });

  it('refuse a configuration that is wrong, as a build does', async () => {
    workspace.edit('configs/images.conf', text => text.replace('scripts = [setup]', 'scripts = [setup, not-there]'));
    const missing = await workspace.aib('plan', OVERLAY);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('Script not found: not-there');
  });
});

it('a mirror that is named on the command line counts for that command; aib mirror use remembers one', async () => {
  const workspace = makeWorkspace(inject('sample'));
  rmSync(workspace.path('aib.local.conf'));
  const first = await workspace.aib('build', OVERLAY, '--mirror', inject('sample'));
  expect(first.code).toBe(0);
  expect(first.stderr).not.toContain('changed during the build');
  expect(existsSync(workspace.path('aib.local.conf'))).toBe(false);
  const again = await workspace.aib('build', OVERLAY, '--mirror', inject('sample'));
  expect(again.stderr).toMatch(/^up to date: \d+ nodes, nothing to do\n$/);
  expect((await workspace.aib('mirror', 'use', inject('sample'))).stderr).toContain(
    'images built from it are not Alpine',
  );
  const remembered = await workspace.aib('build', OVERLAY);
  expect(remembered.code).toBe(0);
  expect(remembered.stderr).toContain('up to date');
});
