import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guestPart } from './guest-part.ts';

const KERNEL = '6.6.1-0-virt';
/** modinfo knows these modules; mkinitfs makes nothing, because the test supplies its result. */
const TREE = `chroot() {
  shift
  case "$*" in
    *' nvme') echo /lib/modules/${KERNEL}/kernel/drivers/nvme/host/nvme.ko.gz ;;
    *' ena') echo /usr/lib/modules/${KERNEL}/kernel/drivers/net/ena.ko.gz ;;
    *' ext4') echo '(builtin)' ;;
    modinfo*) return 1 ;;
  esac
}
report() { :; }
step() { shift; "$@"; }
env() { :; }`;

function make(
  features: string,
  modules: string,
  initramfs: readonly string[],
  lists: Readonly<Record<string, string>> = {},
) {
  const { folder, run } = guestPart('initramfs', {
    ...lists,
    'tree/usr/share/kernel/virt/kernel.release': `${KERNEL}\n`,
    'tree/etc/mkinitfs/mkinitfs.conf': 'features="base virtio"\n',
    'tree/etc/mkinitfs/features.d/virtio.modules': '',
    'tree/boot/initramfs-virt': '',
  });
  const listed = initramfs.map(path => `lib/modules/${KERNEL}/${path}\\n`).join('');
  const said = run(`${TREE}
    list_initramfs() { printf '${listed}'; }
    AIB_INITFS_FEATURES='${features}' AIB_KERNEL_MODULES='${modules}' AIB_EPOCH=0
    make_initramfs; echo fine`);
  const feature = (name: string): string | undefined => {
    const path = join(folder, 'tree/etc/mkinitfs/features.d', `${name}.modules`);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  return { said, feature };
}

const NVME = 'kernel/drivers/nvme/host/nvme.ko.gz';
const ENA = 'kernel/drivers/net/ena.ko.gz';

describe('an initramfs', () => {
  it('gets a feature for each module, wherever modinfo finds it', () => {
    const { said, feature } = make('nvme ena virtio', 'ext4', [NVME, ENA]);
    expect([feature('nvme'), feature('ena')]).toEqual([`${NVME}\n`, `${ENA}\n`]);
    expect(said).toBe('fine\n');
  });

  it('is a failure without a module that was asked for as a feature', () => {
    expect(make('nvme ena', '', [NVME]).said).toMatch(
      /^fail AIB_INITRAMFS the initramfs of 6\.6\.1-0-virt lacks modules that were asked for: ena\n/,
    );
  });

  it('is a failure without a module that the kernel is told to load', () => {
    expect(make('', 'ext4,nvme', [ENA]).said).toContain('asked for: nvme');
  });

  it('needs no module that is part of the kernel, or that this kernel does not have', () => {
    const { said, feature } = make('hv_storvsc', 'ext4,hv_storvsc', []);
    expect(said).toBe('fine\n');
    expect(feature('hv_storvsc')).toBeUndefined();
  });

  it("is read out of the kernel's own lists, whatever modinfo would say, and modinfo is asked for other names", () => {
    const folder = `tree/lib/modules/${KERNEL}`;
    const lists = {
      [`${folder}/modules.dep`]: 'kernel/drivers/scsi/sd_mod.ko.zst: kernel/lib/crc.ko.zst\nkernel/fs/nvme-old.ko:\n',
      [`${folder}/modules.builtin`]: 'kernel/drivers/net/ena.ko\n',
    };
    const { said, feature } = make('sd-mod ena nvme', 'nvme_old', [NVME, 'kernel/drivers/scsi/sd_mod.ko.zst'], lists);
    expect([feature('sd-mod'), feature('nvme')]).toEqual(['kernel/drivers/scsi/sd_mod.ko.zst\n', `${NVME}\n`]);
    expect(feature('ena')).toBeUndefined();
    expect(said).toMatch(/asked for: nvme_old\n/);
  });
});
