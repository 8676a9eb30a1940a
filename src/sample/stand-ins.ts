/**
 * The stand-ins for Alpine's own packages on the sample mirror, with name, content and dependencies. Each description says that it is a
 * stand-in; packages that are installed together never share a file.
 */
import type { TarEntry } from '../formats/tar.ts';
import type { PackageSpec } from './apk.ts';
import { debianTools } from './debian-tools.ts';
import { folder, link } from './debian-tree.ts';
import { compressedModules, type SampleKernel } from './kernel.ts';
import { OWN_VERSION, type StandInContext, spec, text } from './stand-in.ts';

const ZONES = ['Etc/UTC', 'Europe/Berlin', 'Europe/London', 'America/New_York', 'America/Los_Angeles', 'Asia/Tokyo'];
/** Metal images name these, so that the real linux-lts does not install all firmware. */
const FIRMWARE = ['bnx2', 'bnx2x', 'cxgb4', 'qed', 'rtl_nic', 'tigon'];
const CLOUDS = ['aws', 'azure', 'gcp', 'nocloud', 'oci'];

/** The stand-ins of every sample mirror, with or without Alpine's userland. */
export function standIns(context: StandInContext): readonly PackageSpec[] {
  return [...boot(context), ...system(context), ...services(context), ...debianTools(context)].flatMap(splitServices);
}

function boot(context: StandInContext): readonly PackageSpec[] {
  const { debian } = context;
  const { firmware } = debian.arch;
  return [
    kernelPackage(context, context.kernel, 'virt', 'a few of its modules'),
    // Metal images need a kernel of this name; this one has no drivers for real hardware, so it is small.
    kernelPackage(context, context.kernel, 'lts', 'the same few modules as linux-virt, none for real hardware'),
    ...FIRMWARE.map(name =>
      spec(context, `linux-firmware-${name}`, OWN_VERSION, `no firmware for ${name}, only the name`, {
        // Without a version, as in Alpine, so that several can be installed together.
        provides: ['linux-firmware-any'],
      }),
    ),
    spec(
      context,
      'mkinitfs',
      OWN_VERSION,
      'a small initramfs generator in shell with the same options and configuration',
      {
        depends: ['/bin/sh', 'busybox', 'apk-tools', 'kmod'],
        provides: [`initramfs-generator=${OWN_VERSION}`],
        providerPriority: '900',
        triggers: ['/usr/share/kernel/*'],
      },
    ),
    spec(context, 'kmod', OWN_VERSION, 'a depmod that keeps ready indexes and a modinfo that knows files, in shell', {
      depends: ['/bin/sh'],
    }),
    spec(context, firmware.name, debian.version(firmware.debian), firmware.holds, {
      license: 'BSD-2-Clause-Patent',
      files: Object.entries(firmware.files).map(([to, from]) => debian.file(from, to)),
    }),
  ];
}

/** For the kernel of all branches, or for a newer one to upgrade to. */
export function kernelPackage(
  context: StandInContext,
  kernel: SampleKernel,
  flavor: 'virt' | 'lts',
  modules: string,
): PackageSpec {
  const { time } = context;
  const version = `${kernel.release.replace(/[^0-9.].*$/, '')}-r0`;
  const release: TarEntry = text(`usr/share/kernel/${flavor}/kernel.release`, `${kernel.release}\n`, time);
  return spec(context, `linux-${flavor}`, version, `Debian's cloud kernel ${kernel.release} and ${modules}`, {
    license: 'GPL-2.0-only',
    // Alpine's own packages do not install the key of the sample, which later packages of the sample need.
    depends: ['aib-sample-keys', 'initramfs-generator', ...(flavor === 'lts' ? ['linux-firmware-any'] : [])],
    files: [
      { ...kernel.vmlinuz, path: `boot/vmlinuz-${flavor}` },
      { ...kernel.config, path: `boot/config-${flavor}` },
      release,
      ...compressedModules(kernel),
    ],
  });
}

function system(context: StandInContext): readonly PackageSpec[] {
  const { debian, files, time } = context;
  const runlevels = ['boot', 'default', 'nonetwork', 'shutdown', 'sysinit'].map(level =>
    folder(`etc/runlevels/${level}`, time),
  );
  const zones = ZONES.map(zone => debian.file(`usr/share/zoneinfo/${zone}`, `usr/share/zoneinfo/${zone}`));
  return [
    // Unlike other packages, openrc contains its services.
    {
      ...spec(context, 'openrc', OWN_VERSION, 'runlevels, rc-update and the basic services, in shell', {
        depends: ['/bin/sh'],
      }),
      files: [...files.of('openrc').files, ...runlevels, folder('etc/local.d', time)],
    },
    spec(context, 'busybox-openrc', OWN_VERSION, "services for busybox's daemons", { depends: ['openrc', 'busybox'] }),
    spec(context, 'tzdata', debian.version('tzdata'), `time zones UTC and ${ZONES.length - 1} more`, {
      license: 'Public-Domain',
      files: [...zones, link('usr/share/zoneinfo/UTC', 'Etc/UTC', time)],
    }),
    spec(context, 'doas', OWN_VERSION, 'the configuration files, and a doas that does nothing', {
      files: [folder('etc/doas.d', time)],
    }),
    spec(context, 'sudo', OWN_VERSION, 'the configuration files, and a sudo that does nothing', {
      files: [folder('etc/sudoers.d', time, 0o750)],
    }),
  ];
}

function services(context: StandInContext): readonly PackageSpec[] {
  const { time } = context;
  return [
    spec(context, 'openssh', OWN_VERSION, 'the configuration, and an sshd that listens to nobody', {
      files: [folder('etc/ssh/sshd_config.d', time), folder('var/empty', time, 0o555)],
    }),
    spec(context, 'chrony', OWN_VERSION, 'the configuration, and a chronyd that sets no clock', {
      files: [folder('var/lib/chrony', time)],
    }),
    spec(context, 'dhcpcd', OWN_VERSION, "a dhcpcd that calls busybox's udhcpc", { depends: ['/bin/sh'] }),
    spec(
      context,
      'tiny-cloud',
      OWN_VERSION,
      'a tiny-cloud that puts its services into runlevels and does nothing more',
      {
        depends: ['/bin/sh', 'openrc'],
      },
    ),
    spec(context, 'cloud-init', OWN_VERSION, 'the services, and a cloud-init that does nothing', {
      depends: ['/bin/sh', 'openrc'],
    }),
    spec(context, 'udev-init-scripts', OWN_VERSION, 'services that load drivers and do nothing else', {
      depends: ['/bin/sh', 'openrc'],
    }),
    spec(context, 'eudev', OWN_VERSION, 'a udevd that does nothing', { depends: ['/bin/sh'] }),
    spec(context, 'partx', OWN_VERSION, 'a partx that does nothing', { depends: ['/bin/sh'] }),
    ...CLOUDS.map(cloud =>
      spec(context, `tiny-cloud-${cloud}`, OWN_VERSION, `the configuration of tiny-cloud for ${cloud}`, {
        depends: [`tiny-cloud=${OWN_VERSION}`],
        files: [text('etc/tiny-cloud.conf', `# Stand-in of the sample mirror.\nCLOUD=${cloud}\n`, time)],
      }),
    ),
  ];
}

/** As in Alpine, the services of a package are a separate package, which is installed automatically together with openrc. */
function splitServices(whole: PackageSpec): readonly PackageSpec[] {
  const isService = (file: TarEntry) => file.path.startsWith('etc/init.d/');
  const services = whole.files.filter(isService);
  if (services.length === 0 || whole.name === 'openrc' || whole.name.endsWith('-openrc')) return [whole];
  const { scripts: _scripts, triggers: _triggers, provides: _provides, ...rest } = whole;
  const part = {
    ...rest,
    name: `${whole.name}-openrc`,
    description: `${whole.description} (services)`,
    depends: [],
    installIf: ['openrc', `${whole.name}=${whole.version}`],
    files: services,
  };
  return [{ ...whole, files: whole.files.filter(file => !isService(file)) }, part];
}
