/**
 * `aib config`: the resolved configuration as a table, in full, as data, by origin, as a difference, or as a list of faults. Builds
 * nothing.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { type Lock, readLock } from '../../alpine/locking/lock.ts';
import { parseReleases } from '../../alpine/locking/releases.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { leavesOf, type VariantRecord, variantRecord } from '../../config/image/record.ts';
import { customLayer, standaloneLayer } from '../../config/tree/config-tree.ts';
import { keyFilter } from '../../config/tree/key-filter.ts';
import { isPattern, selectVariants } from '../../config/tree/label.ts';
import type { ConfigLayer } from '../../config/tree/layers.ts';
import { originsOf } from '../../config/tree/origins.ts';
import type { Workspace } from '../../config/workspace/workspace.ts';
import { layersOf, lockPathOf } from '../../config/workspace/workspace-layers.ts';
import { columns } from '../../report/text/columns.ts';
import {
  type Configuration,
  type KnownReleases,
  readConfiguration,
  releasesOfFile,
  releasesOfLock,
  resolveConfigs,
} from '../../rules/project/configuration.ts';
import { formatFailure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import type { Options } from '../words/options.ts';
import { workspaceOf } from '../words/workspace-of.ts';

export async function configCommand(labels: readonly string[], options: Options): Promise<number> {
  if (options.diff === true && labels.length !== 2) {
    return showFailure({ code: 'AIB_USAGE', what: '--diff requires two labels', got: String(labels.length) });
  }
  const workspace = workspaceOf(options);
  const layers = configLayers(workspace, options);
  if (!layers.ok) return showFailure(layers.error);
  const tree = { sets: options.set, vars: options.vars };
  if (options.check === true)
    return (await import('./config-check.ts')).checkConfiguration(layers.value, tree, options);
  const configuration = readConfiguration(layers.value, tree);
  if (!configuration.ok) return showFailure(configuration.error);
  for (const warning of configuration.value.warnings) notice(`warning: ${formatFailure(warning)}`);
  const releases = await knownReleases(configuration.value, workspace, options);
  if (!releases.ok) return showFailure(releases.error);
  const selected = selectConfigs(configuration.value, releases.value, labels, options);
  if (!selected.ok) return showFailure(selected.error);
  if (selected.value.length === 0) notice('no variant is selected: check --only, --skip, and the versions in the lock');
  process.stdout.write(await shown(selected.value, labels, options));
  return EXIT.done;
}

function configLayers(workspace: Result<Workspace>, options: Options): Result<readonly ConfigLayer[]> {
  if (options.configs === undefined) return workspace.ok ? layersOf(workspace.value, options.custom) : workspace;
  const layers = [standaloneLayer(options.configs)];
  for (const folder of options.custom ?? []) {
    const layer = customLayer(folder);
    if (!layer.ok) return layer;
    layers.push(layer.value);
  }
  return ok(layers);
}

async function knownReleases(
  configuration: Configuration,
  workspace: Result<Workspace>,
  options: Options,
): Promise<Result<KnownReleases>> {
  if (options.releases !== undefined) {
    const versions = configuration.dimensions.find(({ name }) => name === 'version')?.keys ?? [];
    const releases = readReleases(options.releases, versions);
    return releases.ok ? ok(releasesOfFile(releases.value, versions)) : releases;
  }
  if (!workspace.ok) return workspace;
  const lock = await currentLock(workspace.value, options);
  return lock.ok ? ok(releasesOfLock(lock.value)) : lock;
}

function readReleases(path: string, versions: readonly string[]) {
  try {
    return parseReleases(readFileSync(path, 'utf8'), path, versions);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return fail({
      code: 'AIB_CONFIG_FILE',
      what: 'The file with the list of releases cannot be read',
      where: path,
      got,
    } as const);
  }
}

/** The lock file as it is. Only a workspace without one asks its mirror, which loads much more code. */
async function currentLock(workspace: Workspace, options: Options): Promise<Result<Lock>> {
  const path = lockPathOf(workspace, options.mirror);
  if (!path.ok) return path;
  const lock = readLock(path.value);
  if (!lock.ok) return lock;
  if (lock.value !== undefined) return ok(lock.value);
  const { Session } = await import('../session/session.ts');
  const project = await new Session(workspace, options, interruption()).project();
  return project.ok ? ok(project.value.lock) : project;
}

function selectConfigs(
  { variants, dimensions }: Configuration,
  releases: KnownReleases,
  labels: readonly string[],
  options: Options,
): Result<readonly ImageConfig[]> {
  const stays = keyFilter(options, dimensions);
  if (!stays.ok) return stays;
  const resolved = resolveConfigs(
    variants.filter(({ variant }) => stays.value(variant.keys)),
    releases,
  );
  if (!resolved.ok || labels.length === 0) return resolved;
  const selected = selectVariants(
    labels,
    resolved.value.map(({ variant }) => variant),
    releases.latest,
  );
  if (!selected.ok) return selected;
  const byName = new Map(resolved.value.map(config => [config.variant.name, config]));
  return ok(selected.value.flatMap(({ variant }) => byName.get(variant.name) ?? []));
}

async function shown(configs: readonly ImageConfig[], labels: readonly string[], options: Options): Promise<string> {
  if (options.diff === true) return difference(configs);
  if (options.origin === true) return configs.map(origins).join('\n');
  if (options.json === true) return `${JSON.stringify(configs.map(variantRecord), undefined, 2)}\n`;
  if (options.yaml === true) return asYaml(configs.map(variantRecord));
  const [only] = configs;
  const isOne = labels.length === 1 && !isPattern(labels[0] ?? '');
  if (isOne && only !== undefined) return asYaml(variantRecord(only));
  const rows = configs.map(({ variant, release, imageFormat, diskMiB, name }) => {
    return [variant.name, release, imageFormat, `${diskMiB} MiB`, name];
  });
  return lines(columns([['label', 'release', 'format', 'disk', 'name'], ...rows], { right: [3] }));
}

async function asYaml(value: VariantRecord | readonly VariantRecord[]): Promise<string> {
  const { yaml } = await import('../../report/tables/yaml.ts');
  return yaml(value);
}

/** Lines that only the first variant has, and lines that only the second has, in the order of their keys. */
function difference([one, other]: readonly ImageConfig[]): string {
  if (one === undefined || other === undefined) return '';
  const [before, after] = [one, other].map(config => {
    return leavesOf(variantRecord(config)).map(([path, value]) => `${path} = ${JSON.stringify(value)}`);
  });
  const removed = (before ?? []).filter(line => !after?.includes(line)).map(line => `- ${line}`);
  const added = (after ?? []).filter(line => !before?.includes(line)).map(line => `+ ${line}`);
  const key = (line: string): string => line.slice(2).split(' = ')[0] ?? '';
  const keys = [...new Set([...removed, ...added].map(key))];
  const body = keys.flatMap(name => [...removed, ...added].filter(line => key(line) === name));
  return lines([`--- ${one.variant.name}`, `+++ ${other.variant.name}`, ...body]);
}

function origins(config: ImageConfig): string {
  const rows = originsOf(config.variant.variant.settings).map(({ path, value, places }) => {
    const from = places.map(({ file, line, column }) => `${shortest(file)}:${line}:${column}`);
    return [path, value, from.join(', ')];
  });
  return lines([config.variant.name, ...columns(rows).map(line => `  ${line}`)]);
}

function shortest(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') || !file.startsWith('/') ? file : path;
}

function lines(all: readonly string[]): string {
  return all.map(line => `${line}\n`).join('');
}
