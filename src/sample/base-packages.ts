/**
 * alpine-base and its dependencies: from a minirootfs if there is one, otherwise stand-ins around Debian's static busybox. Never mixes the
 * two: a userland has all of busybox, apk-tools and alpine-baselayout.
 */

import { SAMPLE_KEY_NAME, SAMPLE_PUBLIC_KEY } from '../alpine/package/sample-trust.ts';
import type { TarEntry } from '../formats/tar.ts';
import { internal } from '../util/failure.ts';
import type { PackageSpec } from './apk.ts';
import { folder, link } from './debian-tree.ts';
import { OWN_VERSION, type StandInContext, spec, text } from './stand-in.ts';
import type { Userland } from './userland.ts';

/** The dependencies of alpine-base in the sample. */
const BASE = [
  'alpine-baselayout',
  'alpine-keys',
  'apk-tools',
  'busybox',
  'busybox-openrc',
  'libc-utils',
  'musl-utils',
  'openrc',
];
const HIDDEN_APPLETS = ['depmod', 'mke2fs', 'modinfo'];

export function basePackages(context: StandInContext, userland: Userland | undefined): readonly PackageSpec[] {
  const keys = spec(context, 'aib-sample-keys', OWN_VERSION, 'its published key', {
    files: [
      text(`etc/apk/keys/${SAMPLE_KEY_NAME}`, SAMPLE_PUBLIC_KEY, context.time),
      text(`usr/share/apk/keys/${SAMPLE_KEY_NAME}`, SAMPLE_PUBLIC_KEY, context.time),
    ],
  });
  return [keys, ...(userland === undefined ? withoutUserland(context) : userland.packages)];
}

/** alpine-base differs between branches: it contains the release. */
export function alpineBase(
  context: StandInContext,
  others: readonly PackageSpec[],
  release: string,
  userland: Userland | undefined,
): PackageSpec {
  const { time } = context;
  const names = new Set(
    others.flatMap(other => [other.name, ...(other.provides ?? []).map(word => word.replace(/[=<>~].*/, ''))]),
  );
  const branch = `v${release.split('.').slice(0, 2).join('.')}`;
  const own: TarEntry[] = [
    text('etc/alpine-release', `${release}\n`, time),
    text('etc/issue', `Welcome to the sample of Alpine Linux ${branch}\nKernel \\r on an \\m (\\l)\n\n`, time),
    text(
      'etc/os-release',
      [
        `NAME="Alpine Linux"\nID=alpine\nVERSION_ID=${release}\nPRETTY_NAME="Alpine Linux ${branch} (sample)"`,
        'HOME_URL="https://alpinelinux.org/"\nBUG_REPORT_URL="https://gitlab.alpinelinux.org/alpine/aports/-/issues"\n',
      ].join('\n'),
      time,
    ),
  ];
  const replaced = new Set(own.map(file => file.path));
  const rest = (userland?.baseFiles ?? []).filter(file => !replaced.has(file.path));
  return spec(context, 'alpine-base', `${release}-r0`, `the files that name the release ${release}`, {
    depends: [...BASE.filter(name => names.has(name)), 'aib-sample-keys'],
    files: [...own, ...rest],
  });
}

/**
 * Unlike Alpine's, Debian's busybox prefers its own applets to programs of the same name. Applets that the stand-ins replace are renamed in
 * its table of names, which must stay sorted.
 */
function withoutApplets(busybox: TarEntry): TarEntry {
  const content = Buffer.from(busybox.content ?? []);
  for (const name of HIDDEN_APPLETS) {
    const at = content.indexOf(`\0${name}\0`);
    if (at < 0) throw internal(`busybox has no applet ${name}`);
    content.write('0', at + name.length);
  }
  return { ...busybox, content };
}

function withoutUserland(context: StandInContext): readonly PackageSpec[] {
  const { debian, time } = context;
  const tmp = (path: string) => folder(path, time, 0o1777);
  const folders = [
    ...[
      'boot',
      'dev',
      'home',
      'lib/firmware',
      'media',
      'mnt',
      'opt',
      'proc',
      'run',
      'srv',
      'sys',
      'usr/local/bin',
      'usr/share',
    ],
    ...[
      'etc/apk',
      'etc/conf.d',
      'etc/crontabs',
      'etc/modprobe.d',
      'etc/modules-load.d',
      'etc/network',
      'etc/opt',
      'etc/sysctl.d',
    ],
    ...[
      'usr/local/sbin',
      'usr/local/lib',
      'var/cache',
      'var/lib/misc',
      'var/local',
      'var/log',
      'var/mail',
      'var/opt',
      'var/spool',
    ],
  ];
  const layout = spec(context, 'alpine-baselayout', OWN_VERSION, 'a small tree of folders and configuration files', {
    depends: ['/bin/sh'],
    files: [
      ...folders.map(path => folder(path, time)),
      folder('root', time, 0o700),
      tmp('tmp'),
      tmp('var/tmp'),
      link('var/run', '../run', time),
      link('var/lock', '../run/lock', time),
    ],
  });
  const files = layout.files.map(file => {
    if (file.path === 'etc/shadow') return { ...file, mode: 0o640, gid: 42, gname: 'shadow' };
    return file.path === 'proc' || file.path === 'sys' ? { ...file, mode: 0o555 } : file;
  });
  return [
    spec(
      context,
      'busybox',
      debian.version('busybox-static'),
      "Debian's static busybox, with adduser, addgroup and chpasswd in shell",
      {
        license: 'GPL-2.0-only',
        provides: ['/bin/sh', 'cmd:sh'],
        triggers: ['/bin', '/usr/bin', '/sbin', '/usr/sbin', '/lib/modules/*'],
        files: [
          withoutApplets(debian.file('usr/bin/busybox', 'bin/busybox', 0o755)),
          link('bin/sh', '/bin/busybox', time),
        ],
      },
    ),
    { ...layout, files },
    spec(
      context,
      'apk-tools',
      OWN_VERSION,
      'an apk in shell that unpacks package files and does not solve, verify or compare',
      {
        depends: ['/bin/sh'],
      },
    ),
  ];
}
