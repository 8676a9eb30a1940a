/**
 * `aib security [LABEL|CVE…]`: known vulnerabilities of locked packages by image, why a package is installed, and an update of the lock
 * that fixes them.
 */
import { keyFilter } from '../../config/tree/key-filter.ts';
import { selectVariants } from '../../config/tree/label.ts';
import { exposureLines, exposureRecord } from '../../report/tables/exposure-lines.ts';
import { lockTextLines } from '../../report/tables/lock-lines.ts';
import { type Exposure, type Exposures, exposuresOf } from '../../rules/project/exposure.ts';
import { lockChanges } from '../../rules/project/lock-changes.ts';
import type { Project } from '../../rules/project/project.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, notice } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { secdbsOf } from '../session/secdbs.ts';
import { type Session, withSession } from '../session/session.ts';
import { tellUnsolved } from '../session/tell-unsolved.ts';
import { updateLockOf } from '../session/update-lock.ts';
import { waysTo } from '../session/who-asked.ts';
import type { Options } from '../words/options.ts';

export function securityCommand(words: readonly string[], options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    // Labels choose among images, other words among vulnerabilities.
    const asked = {
      labels: words.filter(word => word.startsWith('//')),
      ids: words.filter(word => !word.startsWith('//')),
    };
    const loaded = await session.project();
    if (!loaded.ok) return loaded;
    const exposures = await lookUp(loaded.value, asked, options, session.signal);
    if (!exposures.ok) return exposures;
    if (options.explain === true) return explain(exposures.value, loaded.value, session);
    return options.fix === true ? fix(exposures.value, asked, session) : show(exposures.value, options);
  });
}

interface Asked {
  readonly labels: readonly string[];
  readonly ids: readonly string[];
}

async function lookUp(
  project: Project,
  { labels, ids }: Asked,
  options: Options,
  signal: AbortSignal,
): Promise<Result<Exposures>> {
  const stays = keyFilter(options, project.dimensions);
  if (!stays.ok) return stays;
  const configs = project.configs.filter(({ variant }) => stays.value(variant.variant.keys));
  const selected = selectVariants(
    labels.length === 0 ? ['//...@all'] : labels,
    configs.map(({ variant }) => variant),
    project.lock.builder,
  );
  if (!selected.ok) return selected;
  const names = new Set(selected.value.map(({ variant }) => variant.name));
  const databases = await secdbsOf(project, options, signal);
  if (!databases.ok) return databases;
  const chosen = configs.filter(({ variant }) => names.has(variant.name));
  const exposures = exposuresOf(project.lock, chosen, databases.value);
  const { found, looked, unlocked } = exposures;
  // A missing answer must not look like a good answer.
  const mustKnow = options.locked === true || labels.length > 0 || looked === 0;
  if (unlocked.length > 0 && mustKnow) {
    const [one] = unlocked;
    return fail({
      code: 'AIB_NOT_LOCKED',
      what: `The lock does not contain the packages of ${one?.variant.name}${unlocked.length === 1 ? '' : ` and ${unlocked.length - 1} more images`}`,
      where: project.lockPath,
      hint: 'run aib update, or name images that are locked',
    });
  }
  if (unlocked.length > 0)
    notice(`${unlocked.length} images are not checked: the lock does not contain their packages`);
  const unknown = ids.find(id => !found.some(each => each.ids.includes(id)));
  if (unknown !== undefined) {
    const hint = 'run aib security, which lists the known ones';
    return fail({ code: 'AIB_NO_VULNERABILITY', what: `No image is known to have ${unknown}`, hint });
  }
  return ok(ids.length === 0 ? exposures : { ...exposures, found: found.filter(each => hasOne(each, ids)) });
}

function hasOne({ ids }: Exposure, wanted: readonly string[]): boolean {
  return wanted.some(id => ids.includes(id));
}

async function show({ found, looked }: Exposures, options: Options): Promise<Result<number>> {
  const lines =
    options.json === true ? found.map(each => JSON.stringify(exposureRecord(each))) : exposureLines(found, looked);
  await printLines(lines);
  return ok(found.some(({ certain }) => certain) ? EXIT.found : EXIT.done);
}

/** Updates the vulnerable packages in the lock, and nothing else; then prints the vulnerabilities that remain. */
async function fix(before: Exposures, asked: Asked, session: Session): Promise<Result<number>> {
  const names = [...new Set(before.found.flatMap(each => (each.certain ? [each.package.name] : [])))];
  if (names.length === 0) return show(before, session.options);
  const updated = await updateLockOf(session, { words: names });
  if (!updated.ok) return updated;
  const { project, unsolved } = updated.value;
  const { lock, lockInFile, lockPath, configs } = project;
  await printLines([
    ...lockTextLines({ before: lockInFile, after: lock, ...lockChanges(lockInFile, lock, configs) }, 'text'),
    `locked in ${lockPath}`,
  ]);
  tellUnsolved(unsolved);
  const after = await lookUp(project, { labels: asked.labels, ids: [] }, session.options, session.signal);
  if (!after.ok) return after;
  const wanted = asked.ids.length === 0 ? before.found.flatMap(({ ids }) => ids) : asked.ids;
  const left = after.value.found.filter(
    each => each.certain && names.includes(each.package.name) && hasOne(each, wanted),
  );
  if (left.length === 0) return ok(EXIT.done);
  notice('the mirror has no fixed version for these:');
  return show({ ...after.value, found: left }, session.options);
}

async function explain({ found, looked }: Exposures, project: Project, session: Session): Promise<Result<number>> {
  const ways = await waysTo(found, project, session);
  if (!ways.ok) return ways;
  const { json } = session.options;
  const lines = found.flatMap(each => {
    const own = ways.value.get(each) ?? [];
    return json === true
      ? [JSON.stringify({ ...exposureRecord(each), ways: own })]
      : [headline(each), ...own.map(line => `  ${line}`)];
  });
  await printLines(lines.length === 0 && json !== true ? exposureLines([], looked) : lines);
  return ok(EXIT.done);
}

function headline({ ids, package: { name, version }, fixed, certain }: Exposure): string {
  return `${ids[0]}: ${name} ${version}${certain ? '' : ' perhaps'}, fixed in ${fixed}`;
}
