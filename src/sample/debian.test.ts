import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testFolder } from '../util/files/test-folder.ts';
import { ARCHITECTURES } from './architecture.ts';
import { type DebianPackage, fetchDebian } from './debian.ts';
import { SUITES, wantedOf } from './debian-packages.ts';

/** A download folder of an earlier fetch, with a few bytes instead of each package. */
function downloaded(name: 'x86_64' | 'aarch64') {
  const arch = ARCHITECTURES[name];
  const download = testFolder('debs');
  const packages = SUITES.flatMap(suite => {
    const { packages: names, kernel } = wantedOf(suite, arch);
    const all = kernel ? [...names, `linux-image-6.1-cloud-${arch.debian}`] : names;
    return all.map((found): DebianPackage => {
      const version = `1:${suite}`;
      const content = `${found} of ${suite}`;
      writeFileSync(join(download, `${found}_1%3a${suite}_${arch.debian}.deb`), content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return { suite, name: found, version, architecture: arch.debian, sha256 };
    });
  });
  writeFileSync(join(download, 'packages.json'), JSON.stringify(packages));
  return { arch, download, packages };
}

const log = () => expect.unreachable('something was to be fetched');

test.each(['x86_64', 'aarch64'] as const)('what was fetched for %s is used as it is, without network', async name => {
  const { arch, download, packages } = downloaded(name);
  expect(await fetchDebian({ arch, download, log })).toEqual({ ok: true, value: packages });
});
