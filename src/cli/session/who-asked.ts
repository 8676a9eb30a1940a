/** Who asked for a package, to file and line: the ways from what images are to hold down to it. Works them out anew, since a lock has only names. */
import { closurePackages } from '../../alpine/locking/closures.ts';
import { parseDependency } from '../../alpine/package/dependency.ts';
import { formatPosition } from '../../config/hocon/value.ts';
import { settingAt } from '../../config/tree/merge.ts';
import type { ExposedImage, Exposure } from '../../rules/project/exposure.ts';
import type { Project } from '../../rules/project/project.ts';
import type { Chain } from '../../rules/supply/closure-request.ts';
import { ok, type Result } from '../../util/result.ts';
import { solveElsewhere } from './closure-solver.ts';
import { lockedIndexes } from './locked-indexes.ts';
import type { Session } from './session.ts';

export async function whoAsked(
  { package: { name }, images }: Exposure,
  project: Project,
  session: Session,
): Promise<Result<readonly string[]>> {
  // Images with the same set have it for the same reason.
  const sets = new Map(images.map(({ request }) => [request.key, request]));
  const requests = [...sets.values()].map(request => {
    // As they are locked, whatever the indexes have by now.
    const pins = closurePackages(project.lock, request.key) ?? [];
    return { ...request, pins, explain: [name] };
  });
  const paths = new Set(requests.flatMap(({ wishes }) => wishes.repositories.map(({ path }) => path)));
  const indexes = await lockedIndexes(project, [...paths], session);
  if (!indexes.ok) return indexes;
  const { root, foreignKeys } = project;
  const job = { requests, indexes: indexes.value, keys: root.keys, foreignKeys };
  const solved = await solveElsewhere(job, session.signal);
  if (!solved.ok) return solved;
  const { chains } = solved.value;
  const ways = new Map<string, ExposedImage[]>();
  for (const image of images) {
    const line = wayOf(chains.get(image.request.key)?.[0], image);
    ways.set(line, [...(ways.get(line) ?? []), image]);
  }
  return ok([...ways].map(([way, those]) => `${imageWords(those)}: ${way}`));
}

function imageWords([first, ...others]: readonly ExposedImage[]): string {
  const name = first?.config.variant.name ?? '';
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}

/** `openssh → openssl-libs, which configs/images.conf:33:5 asks for` */
function wayOf(chain: Chain | undefined, { config, request }: ExposedImage): string {
  if (chain === undefined) return 'nobody knows: what it comes to now is without it';
  const [, first = '', ...rest] = chain;
  const way = [first, ...rest].join(' → ');
  const wish = request.wishes.world.find(text => nameOf(text) === first);
  const setting = wish === undefined ? undefined : settingAt(config.variant.variant.settings, 'packages', first);
  const places = setting?.origins.slice(-1).map(formatPosition) ?? [];
  return places.length === 0 ? way : `${way}, asked for in ${places.join(', ')}`;
}

function nameOf(text: string): string {
  const dependency = parseDependency(text);
  return dependency.ok ? dependency.value.name : text;
}
