/** `aib security [LABEL|CVE…]`: known vulnerabilities of what is locked, by image; who asked for such a package; and a lock without them. */
import { keyFilter } from '../../config/tree/key-filter.ts';
import { selectVariants } from '../../config/tree/label.ts';
import { exposureLines, exposureRecord } from '../../report/tables/exposure-lines.ts';
import { lockTextLines } from '../../report/tables/lock-lines.ts';
import { type Exposure, type Exposures, exposuresOf } from '../../rules/project/exposure.ts';
import { lockChanges } from '../../rules/project/lock-changes.ts';
import type { Project } from '../../rules/project/project.ts';
import { formatFailure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, notice } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { secdbsOf } from '../session/secdbs.ts';
import { type Session, withSession } from '../session/session.ts';
import { updateLockOf } from '../session/update-lock.ts';
import { whoAsked } from '../session/who-asked.ts';
import type { Options } from '../words/options.ts';

export function securityCommand(words: readonly string[], options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    const loaded = await session.project();
    if (!loaded.ok) return loaded;
    const exposures = await lookUp(loaded.value, words, options, session.signal);
    if (!exposures.ok) return exposures;
    if (options.explain === true) return explain(exposures.value, loaded.value, session);
    return options.fix === true ? fix(exposures.value, words, session) : show(exposures.value, options);
  });
}

/** Labels choose among images, other words among vulnerabilities. */
async function lookUp(
  project: Project,
  words: readonly string[],
  options: Options,
  signal: AbortSignal,
): Promise<Result<Exposures>> {
  const stays = keyFilter(options, project.dimensions);
  if (!stays.ok) return stays;
  const configs = project.configs.filter(({ variant }) => stays.value(variant.variant.keys));
  const labels = words.filter(word => word.startsWith('//'));
  const ids = words.filter(word => !word.startsWith('//'));
  const patterns = labels.length === 0 ? ['//...@all'] : labels;
  const selected = selectVariants(
    patterns,
    configs.map(({ variant }) => variant),
    project.lock.builder,
  );
  if (!selected.ok) return selected;
  const names = new Set(selected.value.map(({ variant }) => variant.name));
  const databases = await secdbsOf(project, options, signal);
  if (!databases.ok) return databases;
  const chosen = configs.filter(({ variant }) => names.has(variant.name));
  const { found, unlocked } = exposuresOf(project.lock, chosen, databases.value);
  const unknown = ids.find(id => !found.some(each => each.ids.includes(id)));
  if (unknown !== undefined) {
    const hint = 'aib security lists what there is';
    return fail({ code: 'AIB_NO_VULNERABILITY', what: `No image is known to have ${unknown}`, hint });
  }
  return ok({
    found: ids.length === 0 ? found : found.filter(each => ids.some(id => each.ids.includes(id))),
    unlocked,
  });
}

async function show({ found, unlocked }: Exposures, options: Options): Promise<Result<number>> {
  const lines = options.json === true ? found.map(each => JSON.stringify(exposureRecord(each))) : exposureLines(found);
  await printLines(lines);
  if (unlocked.length > 0 && options.json !== true)
    notice(`${unlocked.length} images are not looked at: the lock does not say which packages they take`);
  return ok(found.some(({ certain }) => certain) ? EXIT.found : EXIT.done);
}

/** Moves the vulnerable packages in the lock, and nothing else; then says what is left. */
async function fix(before: Exposures, words: readonly string[], session: Session): Promise<Result<number>> {
  const names = [...new Set(before.found.flatMap(each => (each.certain ? [each.package.name] : [])))];
  if (names.length === 0) return show(before, session.options);
  const updated = await updateLockOf(session, { words: names });
  if (!updated.ok) return updated;
  const { project, failures } = updated.value;
  const { lock, lockInFile, lockPath, configs } = project;
  await printLines([
    ...lockTextLines({ before: lockInFile, after: lock, ...lockChanges(lockInFile, lock, configs) }, 'text'),
    `locked in ${lockPath}`,
  ]);
  for (const failure of failures.values()) notice(formatFailure(failure));
  const labels = words.filter(word => word.startsWith('//'));
  const after = await lookUp(project, labels, session.options, session.signal);
  if (!after.ok) return after;
  const left = after.value.found.filter(({ certain, package: { name } }) => certain && names.includes(name));
  if (left.length === 0) return ok(EXIT.done);
  notice('the mirror has nothing newer for these:');
  return show({ found: left, unlocked: [] }, session.options);
}

async function explain({ found }: Exposures, project: Project, session: Session): Promise<Result<number>> {
  for (const exposure of found) {
    const lines = await whoAsked(exposure, project, session);
    if (!lines.ok) return lines;
    await printLines([headline(exposure), ...lines.value.map(line => `  ${line}`)]);
  }
  return ok(EXIT.done);
}

function headline({ ids, package: { name, version }, fixed, certain }: Exposure): string {
  return `${ids[0]}: ${name} ${version}${certain ? '' : ' perhaps'}, fixed in ${fixed}`;
}
