/** The `overlay` kind: the scripts of one variant and their environment, as one archive for the guest. */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { programSpec } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { type Program, type ProgramContext, parameterOf } from '../../engine/run/program.ts';
import { packTar, type TarEntry } from '../../formats/tar.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import { ok } from '../../util/result.ts';
import type { VariantKind } from '../kind.ts';
import { type ParameterTable, valuesOf } from '../parameters.ts';

/** Increase when the same inputs result in another archive. */
const FORMAT = 2;

export interface OverlayOptions {
  readonly label: Label;
  readonly config: ImageConfig;
  readonly release: string;
  /** The source node of each script and script folder, by name. */
  readonly scripts: ReadonlyMap<string, Edge>;
  readonly scriptDirs: ReadonlyMap<string, Edge>;
}

/** The names are those of Alpine's own builder, so that its scripts work here; documented in docs/scripts.md. */
const PARAMETERS = {
  TARGET: { words: 'the root folder of the image', value: () => '/' },
  ARCH: { words: 'the architecture', value: ({ config }) => config.arch },
  BOOTLOADER: {
    words: 'the boot loader',
    value: ({ config }) => (config.firmware === 'uefi' ? 'grub-efi' : 'grub'),
  },
  BOOTSTRAP: {
    words: 'the bootstrap system',
    value: ({ config }) => config.variant.variant.keys.get('bootstrap') ?? '',
  },
  CLOUD: { words: 'the cloud', value: ({ config }) => config.cloud },
  FIRMWARE: { words: 'the firmware', value: ({ config }) => config.firmware },
  IMAGE_LOGIN: { words: 'the login user', settings: ['login'], value: ({ config }) => config.login },
  KERNEL_MODULES: {
    words: 'kernel modules',
    shape: 'names',
    settings: ['kernel_modules'],
    value: ({ config }) => config.kernelModules,
  },
  KERNEL_OPTIONS: {
    words: 'kernel options',
    shape: 'words',
    settings: ['kernel_options'],
    value: ({ config }) => config.kernelOptions,
  },
  MACHINE: {
    words: 'the type of machine',
    value: ({ config }) => config.variant.variant.keys.get('machine') ?? 'vm',
  },
  MOTD: {
    words: 'the message of the day',
    shape: 'lines',
    settings: ['motd'],
    value: ({ config }) => config.motd.split('\n'),
  },
  NTP_SERVER: { words: 'the time server', settings: ['ntp_server'], value: ({ config }) => config.ntpServer },
  RELEASE: { words: 'the release', locked: true, value: ({ release }) => release },
  REPOS: {
    words: '/etc/apk/repositories',
    shape: 'lines',
    settings: ['repos'],
    value: ({ config }) => config.repositories,
  },
  SERVICES_DISABLE: {
    words: 'disabled services',
    shape: 'services',
    settings: ['services'],
    value: ({ config }) => config.services.disable,
  },
  SERVICES_ENABLE: {
    words: 'enabled services',
    shape: 'services',
    settings: ['services'],
    value: ({ config }) => config.services.enable,
  },
  VERSION: { words: 'the version', value: ({ config }) => config.version },
} satisfies ParameterTable<Pick<OverlayOptions, 'config' | 'release'>>;

export const OVERLAY_KIND = { shared: false, needs: 'nothing', parameters: PARAMETERS } satisfies VariantKind;

export function overlayNode(options: OverlayOptions): ActionNode {
  const inputs: Record<string, Edge> = {};
  for (const [name, edge] of options.scripts) inputs[`scripts/${name}`] = edge;
  for (const [name, edge] of options.scriptDirs) inputs[name] = edge;
  return {
    type: 'action',
    label: options.label,
    kind: 'overlay',
    inputs,
    outputs: ['overlay'],
    prepare: artifacts =>
      ok({
        sort: 'builtin',
        spec: programSpec({
          kind: 'overlay',
          format: FORMAT,
          parameters: valuesOf(PARAMETERS, options),
          inputs: new Map(Object.entries(artifacts)),
          outputs: { overlay: { type: 'file', path: 'overlay.tar' } },
        }),
        resources: {},
      }),
  };
}

export const makeOverlay: Program = async context => {
  await writeFile(join(context.folder, 'overlay.tar'), await packTar(overlayEntries(context)));
  return ok(undefined);
};

function* overlayEntries(context: ProgramContext): Generator<TarEntry> {
  const owner = { uid: 0, gid: 0, mtime: 0 };
  const content = Buffer.from(environmentText(context));
  yield { ...owner, type: 'file', path: 'environment', mode: 0o644, content };
  yield { ...owner, type: 'directory', path: 'scripts', mode: 0o755 };
  const inputs = [...context.inputs].sort(([a], [b]) => compareUtf8(a, b));
  for (const [path, type] of inputs) {
    if (type === 'file') yield { ...owner, type, path, mode: 0o755, content: readFileSync(context.inputFile(path)) };
  }
  for (const [folder, type] of inputs) if (type === 'directory') yield* folderEntries(context, folder, owner);
}

/** Shell syntax; sorted by name, because the parameters of an action have no order. */
function environmentText({ parameters }: ProgramContext): string {
  return Object.keys(PARAMETERS)
    .sort(compareUtf8)
    .map(name => `export ${name}='${parameterOf({ parameters }, name).replaceAll("'", "'\\''")}'\n`)
    .join('');
}

function* folderEntries(
  context: ProgramContext,
  folder: string,
  owner: Pick<TarEntry, 'uid' | 'gid' | 'mtime'>,
): Generator<TarEntry> {
  yield { ...owner, type: 'directory', path: folder, mode: 0o755 };
  const made = new Set<string>();
  for (const name of context.listInput(folder)) {
    for (const parent of parents(name)) {
      if (made.has(parent)) continue;
      made.add(parent);
      yield { ...owner, type: 'directory', path: `${folder}/${parent}`, mode: 0o755 };
    }
    yield { ...owner, path: `${folder}/${name}`, ...contentOf(join(context.inputFile(folder), name)) };
  }
}

/** A link stays a link: its target is not part of a key, and the guest may have another file there. */
function contentOf(file: string): Pick<TarEntry, 'type' | 'mode' | 'content' | 'linkTarget'> {
  const stats = lstatSync(file);
  if (stats.isSymbolicLink()) return { type: 'symlink', mode: 0o777, linkTarget: readlinkSync(file) };
  return { type: 'file', mode: (stats.mode & 0o100) === 0 ? 0o644 : 0o755, content: readFileSync(file) };
}

/** `a/b/c` → `a`, `a/b` */
function parents(path: string): readonly string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}
