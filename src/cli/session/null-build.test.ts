import { expect, onTestFinished, test, vi } from 'vitest';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { type Asked, commandOf } from './null-build.ts';

const WORKSPACE: Workspace = {
  folder: '/project',
  home: '/opt/aib',
  cache: '/project/.cache',
  localConfig: '/project/aib.local.conf',
};
const ASKED: Asked = { verb: 'build', labels: ['//aws/x86_64/uefi/tiny'] };

/** The name under which the end of a build is kept, from a folder. */
function name(asked: Partial<Asked> = {}, workspace: Partial<Workspace> = {}, folder = '/project'): string {
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  onTestFinished(() => cwd.mockRestore());
  return JSON.stringify(commandOf({ ...WORKSPACE, ...workspace }, { ...ASKED, ...asked }));
}

test.each<[string, Partial<Asked>, Partial<Workspace>]>([
  ['of another verb', { verb: 'boot' }, {}],
  ['for other images', { labels: ['//aws/x86_64/bios/tiny'] }, {}],
  ['from a mirror that is named', { mirror: ['sample'] }, {}],
  ['with copies', { output: 'out' }, {}],
  ['with other settings', { changes: [['disk_size=5']] }, {}],
  ['in another workspace', {}, { folder: '/other' }],
  ['in another store, perhaps a copy of the first one', {}, { cache: '/copy' }],
  ['by another aib, of which the first says nothing', {}, { home: '/opt/aib-2' }],
])('a build %s is another one', (_, asked, workspace) => {
  expect(name(asked, workspace)).not.toBe(name());
});

test('where it was said matters as soon as a file or a folder was named, and only then', () => {
  expect(name({}, {}, '/project/configs')).toBe(name());
  for (const asked of [{ mirror: ['sample'] }, { output: 'out' }, { changes: [['more.conf']] }])
    expect(name(asked, {}, '/project/configs')).not.toBe(name(asked));
});
