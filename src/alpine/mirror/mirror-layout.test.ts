import { expect, test } from 'vitest';
import { indexPath, isoPath, packagePath } from './mirror-layout.ts';

test("paths are those of Alpine's CDN", () => {
  expect(indexPath('v3.20/main/x86_64')).toBe('v3.20/main/x86_64/APKINDEX.tar.gz');
  expect(indexPath('edge/testing/aarch64')).toBe('edge/testing/aarch64/APKINDEX.tar.gz');
  expect(packagePath('v3.20/main/x86_64', { name: 'g++', version: '13.2.1-r0' })).toBe(
    'v3.20/main/x86_64/g++-13.2.1-r0.apk',
  );
  expect(isoPath('v3.20', 'x86_64', '3.20.3')).toBe('v3.20/releases/x86_64/alpine-virt-3.20.3-x86_64.iso');
});
