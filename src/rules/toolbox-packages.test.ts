import { describe, expect, it } from 'vitest';
import { toolboxFault, toolboxPackages } from './toolbox-packages.ts';

describe('the toolbox', () => {
  it('has the tools of every firmware that an architecture has', () => {
    const both = ['dosfstools', 'e2fsprogs', 'grub', 'grub-efi', 'mtools', 'sfdisk', 'tar'];
    expect(toolboxPackages('x86_64')).toEqual([...both, 'grub-bios'].sort());
    expect(toolboxPackages('aarch64')).toEqual(both);
  });

  const fault = (version: string) => toolboxFault(version, '3.20', 'v3.20/main/x86_64');

  it('refuses an mke2fs that makes other bytes each time', () => {
    expect(fault('1.47.0-r5')).toMatchObject({
      code: 'AIB_TOOLBOX',
      where: 'v3.20/main/x86_64',
      got: expect.stringContaining('e2fsprogs 1.47.0-r5'),
      hint: expect.stringContaining('add a version after 3.20'),
    });
  });

  it.each(['1.47.1-r0', '1.47.10-r0'])('takes %s, which does not', version => expect(fault(version)).toBeUndefined());
});
