import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aibHome } from '../../src/util/files/home.ts';
import { testFolder } from '../../src/util/files/test-folder.ts';

/** Runs a setup script on a folder instead of /etc, with programs that do nothing, and `more` of them. */
function setUp(...more: readonly string[]): string {
  const folder = testFolder('setup');
  for (const name of ['bin', 'etc/apk']) mkdirSync(join(folder, name), { recursive: true });
  for (const name of ['inittab', 'shadow']) writeFileSync(join(folder, 'etc', name), '');
  for (const name of ['passwd', 'adduser', 'addgroup', 'rc-update', ...more]) {
    writeFileSync(join(folder, 'bin', name), '#!/bin/sh\n');
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  const script = readFileSync(join(aibHome(), 'scripts/setup'), 'utf8').replaceAll('/etc/', `${folder}/etc/`);
  const environment = { REPOS: '', MOTD: '', KERNEL_OPTIONS: '', NTP_SERVER: '', IMAGE_LOGIN: 'alpine' };
  execFileSync('sh', ['-euc', script], {
    env: {
      ...environment,
      SERVICES_ENABLE: '',
      SERVICES_DISABLE: '',
      PATH: `${folder}/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    },
  });
  return folder;
}

describe('the network of an image', () => {
  const interfaces = (...programs: readonly string[]): boolean =>
    existsSync(join(setUp(...programs), 'etc/network/interfaces'));

  it('is asked for by DHCP on one interface where nothing sets the machine up', () => {
    expect(interfaces()).toBe(true);
  });

  it.each(['tiny-cloud', 'cloud-init'])('is left to %s, which would leave alone what is there', program => {
    expect(interfaces(program)).toBe(false);
  });
});
