import { describe, expect, it } from 'vitest';
import type { IndexPackage } from '../alpine/package/apkindex.ts';
import { toolboxCheck, toolboxPackages } from './toolbox-packages.ts';

describe('the toolbox', () => {
  it('has the tools of every firmware that an architecture has', () => {
    const both = ['dosfstools', 'e2fsprogs', 'grub', 'grub-efi', 'mtools', 'sfdisk'];
    expect(toolboxPackages('x86_64')).toEqual([...both, 'grub-bios'].sort());
    expect(toolboxPackages('aarch64')).toEqual(both);
  });

  const check = (...versions: readonly string[]) =>
    toolboxCheck('3.20')(
      'v3.20/main/x86_64',
      versions.map(version => ({ name: 'e2fsprogs', version }) as IndexPackage),
    );

  it('refuses an mke2fs that makes other bytes each time', () => {
    expect(check('1.47.0-r5')).toMatchObject({
      code: 'AIB_TOOLBOX',
      where: 'v3.20/main/x86_64',
      got: expect.stringContaining('e2fsprogs 1.47.0-r5'),
      hint: expect.stringContaining('add one after 3.20'),
    });
  });

  it('takes the first one that does not, and the newest of several', () => {
    expect(check('1.47.1-r0')).toBeUndefined();
    expect(check('1.47.10-r0', '1.46.6-r0')).toBeUndefined();
  });

  it('asks nothing of an index that lists none', () => expect(check()).toBeUndefined());
});
