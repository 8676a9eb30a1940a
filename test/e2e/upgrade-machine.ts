/**
 * Simulates months of use of an image in minutes: boots it, lets its own apk install the kernel of the sample's `upgrade` folder, boots it
 * again. The image must contain the script `upgrade-probe` (below). Works on a snapshot, which is deleted afterwards.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IsoEntry, writeIso } from '../../src/formats/iso9660.ts';
import { EMULATED, MACHINES } from '../../src/qemu/drive/machine.ts';

/** A setup script: the image prints its kernel; at its first boot it installs the kernel from the second disk and boots again. */
export const UPGRADE_PROBE = `#!/bin/sh -eu
cat >/usr/sbin/upgrade-probe <<'END'
#!/bin/sh
exec >/dev/ttyS0 2>&1
echo "PROBE kernel $(uname -r)"
echo "PROBE command line $(cat /proc/cmdline)"
if [ -e /var/upgraded ]; then poweroff; exit; fi
touch /var/upgraded
: >/tmp/none
mount -t iso9660 -o ro /dev/vdb /mnt
apk add --no-network --no-cache --no-progress --repositories-file /tmp/none --repository /mnt --upgrade linux-virt
echo "PROBE apk $?"
umount /mnt
sync
reboot
END
chmod 755 /usr/sbin/upgrade-probe
echo '::once:/usr/sbin/upgrade-probe' >>/etc/inittab
`;

export interface Upgraded {
  /** The output of `uname -r` for each boot. */
  readonly kernels: readonly string[];
  readonly commandLines: readonly string[];
  /** apk's exit status. */
  readonly apk: string | undefined;
  readonly console: string;
}

export interface UpgradeOptions {
  readonly image: string;
  /** QEMU's name of the format. */
  readonly format: 'qcow2' | 'vpc';
  /** The repository with the kernel: a folder that contains x86_64/. */
  readonly repository: string;
  /** Code and variables, for UEFI. */
  readonly firmware?: readonly [string, string];
}

const LIMIT_MS = 600_000;

export async function upgradeKernel({ image, format, repository, firmware }: UpgradeOptions): Promise<Upgraded> {
  const folder = mkdtempSync(join(tmpdir(), 'aib-upgrade-'));
  try {
    const iso = join(folder, 'upgrade.iso');
    const names = readdirSync(join(repository, 'x86_64'));
    const entries = names.map(
      (name): IsoEntry => ({
        ...{ path: `x86_64/${name}`, type: 'file' },
        source: { file: join(repository, 'x86_64', name) },
      }),
    );
    await writeIso(iso, entries, { volumeId: 'UPGRADE', time: 0 });
    const console = await consoleOf([
      ...['-nodefaults', '-no-user-config', '-display', 'none', '-snapshot', '-nic', 'none', '-smp', '1', '-m', '1024'],
      ...['-machine', MACHINES.x86_64?.machine ?? '', '-cpu', MACHINES.x86_64?.cpu ?? ''],
      ...['-accel', EMULATED],
      ...(firmware ?? []).flatMap((file, unit) => [
        '-drive',
        `if=pflash,format=raw,unit=${unit},file=${file}${unit === 0 ? ',readonly=on' : ''}`,
      ]),
      ...['-drive', `if=virtio,file=${image},format=${format},cache=unsafe`],
      ...['-drive', `if=virtio,file=${iso},format=raw,readonly=on`],
      ...['-serial', 'stdio'],
    ]);
    const said = (what: string) =>
      [...console.matchAll(new RegExp(`PROBE ${what} ([^\\r\\n]*)`, 'g'))].map(([, text = '']) => text);
    return { kernels: said('kernel'), commandLines: said('command line'), apk: said('apk').at(0), console };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The output of the machine on its serial port until it powered off, or until the time limit. */
function consoleOf(words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const qemu = spawn(MACHINES.x86_64?.qemu ?? '', words, { stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => qemu.kill('SIGKILL'), LIMIT_MS);
    let console = '';
    for (const stream of [qemu.stdout, qemu.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        console += text;
      });
    }
    qemu.once('error', reject);
    qemu.once('close', () => {
      clearTimeout(timer);
      resolve(console);
    });
  });
}
