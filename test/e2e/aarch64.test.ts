/** Images for aarch64, emulated: built and booted like those of the host's architecture, from a sample that serves both. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeSampleMirror } from '../../src/sample/make-sample-mirror.ts';
import { formatFailure } from '../../src/util/failure.ts';
import { aibHome } from '../../src/util/files/home.ts';
import { homeCache } from '../../src/util/files/home-cache.ts';
import { makeWorkspace } from './workspace.ts';

const TINY = '//nocloud/aarch64/uefi/tiny';
const CLOUDINIT = '//aws/aarch64/uefi/cloudinit';

describe('aarch64', { tags: ['full'] }, () => {
  it('images are built and boot, the same each time, and patterns have them', async () => {
    const [userland = '', userlandArm = ''] = [process.env.AIB_USERLAND, process.env.AIB_USERLAND_AARCH64];
    const real = userland === '' || userlandArm === '' ? {} : { userland, userlandArm };
    const folder = join(homeCache(), `sample${'userland' in real ? '-with-userlands' : ''}-and-aarch64`);
    const made = await makeSampleMirror(folder, {
      files: join(aibHome(), 'src/sample/files'),
      aarch64: true,
      ...real,
      download: join(homeCache(), 'debian'),
      log: line => process.stderr.write(`${line}\n`),
    });
    if (!made.ok) throw new Error(formatFailure(made.error));
    const workspace = makeWorkspace(folder);
    const booted = await workspace.aib('boot', TINY, CLOUDINIT, '-k', '--json');
    expect([booted.code, booted.ran.filter(kind => kind === 'boot')]).toEqual([0, ['boot', 'boot']]);

    // Another machine, another store: the same bytes.
    const disk = async (...more: readonly string[]): Promise<string> => {
      const printed = await workspace.aib('query', `${TINY}:disk`, '--state', '--output', 'json', ...more);
      return JSON.parse(printed.stdout).digest;
    };
    const elsewhere = ['--cache', workspace.path('other')];
    expect((await workspace.aib('build', `${TINY}:disk`, ...elsewhere)).code).toBe(0);
    expect(await disk(...elsewhere)).toBe(await disk());

    const planned = await workspace.aib('plan', '//nocloud/...');
    expect(planned.stderr).not.toContain('left out');
    expect(planned.stdout).toContain('//nocloud/aarch64/uefi/cloudinit');
  });
});
