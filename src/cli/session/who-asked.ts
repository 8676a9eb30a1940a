/**
 * Why a package is installed, to file and line: the dependency paths from the configuration to it. Solves again, because a lock has only
 * names.
 */
import { closurePackages } from '../../alpine/locking/closures.ts';
import { parseDependency } from '../../alpine/package/dependency.ts';
import { formatPosition } from '../../config/hocon/value.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { settingAt } from '../../config/tree/merge.ts';
import type { ExposedImage, Exposure } from '../../rules/project/exposure.ts';
import type { Project } from '../../rules/project/project.ts';
import type { Chain, ClosureRequest } from '../../rules/supply/closure-request.ts';
import { ok, type Result } from '../../util/result.ts';
import { solveElsewhere } from './closure-solver.ts';
import { lockedIndexes } from './locked-indexes.ts';
import type { Session } from './session.ts';

/** A line for each dependency path to each vulnerable package, with its images. */
export async function waysTo(
  exposures: readonly Exposure[],
  project: Project,
  session: Session,
): Promise<Result<ReadonlyMap<Exposure, readonly string[]>>> {
  // Images with the same set of packages have the same dependency paths.
  const sets = new Map<string, { readonly request: ClosureRequest; readonly names: Set<string> }>();
  for (const { package: entry, images } of exposures) {
    for (const { request } of images) {
      const set = sets.get(request.key) ?? { request, names: new Set() };
      sets.set(request.key, set);
      set.names.add(entry.name);
    }
  }
  const requests = [...sets.values()].map(({ request, names }) => {
    // Pinned to the locked versions, even if the indexes have newer ones.
    return { ...request, pins: closurePackages(project.lock, request.key) ?? [], explain: [...names] };
  });
  const paths = new Set(requests.flatMap(({ wishes }) => wishes.repositories.map(({ path }) => path)));
  const indexes = await lockedIndexes(project, [...paths], session);
  if (!indexes.ok) return indexes;
  const { root, foreignKeys } = project;
  const job = { requests, indexes: indexes.value, keys: root.keys, foreignKeys };
  const solved = await solveElsewhere(job, session.signal);
  if (!solved.ok) return solved;
  const { chains } = solved.value;
  return ok(new Map(exposures.map(exposure => [exposure, linesOf(exposure, chains)])));
}

function linesOf(
  { package: { name }, images }: Exposure,
  chains: ReadonlyMap<string, readonly Chain[]>,
): readonly string[] {
  const ways = new Map<string, ExposedImage[]>();
  for (const image of images) {
    const chain = chains.get(image.request.key)?.find(each => each.at(-1) === name);
    const line = wayOf(chain, image);
    ways.set(line, [...(ways.get(line) ?? []), image]);
  }
  return [...ways].map(([way, those]) => `${imageWords(those)}: ${way}`);
}

function imageWords([first, ...others]: readonly ExposedImage[]): string {
  const name = first?.config.variant.name ?? '';
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}

/** `openssh → openssl-libs, requested in configs/images.conf:33:5` */
function wayOf(chain: Chain | undefined, { config, request }: ExposedImage): string {
  if (chain === undefined) return 'unknown: the current solution does not contain it';
  const [, first = '', ...rest] = chain;
  const way = [first, ...rest].join(' → ');
  const wish = request.wishes.world.find(text => nameOf(text) === first);
  const place = wish === undefined ? undefined : packagePlace(config, first);
  return place === undefined ? way : `${way}, requested in ${place}`;
}

/** Where an image's configuration requests a package, to file and line. */
export function packagePlace({ variant }: ImageConfig, name: string): string | undefined {
  const origin = settingAt(variant.variant.settings, 'packages', name)?.origins.at(-1);
  return origin === undefined ? undefined : formatPosition(origin);
}

function nameOf(text: string): string {
  const dependency = parseDependency(text);
  return dependency.ok ? dependency.value.name : text;
}
