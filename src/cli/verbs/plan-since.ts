/** `aib plan --since REV`: which images differ between a revision of git and the files of now, and why. Builds nothing. */
import { keyFilter } from '../../config/tree/key-filter.ts';
import { selectVariants } from '../../config/tree/label.ts';
import { imageChanges } from '../../query/since/image-changes.ts';
import { sinceMarkdown, sinceRecord, sinceText } from '../../report/tables/since-lines.ts';
import { LookingIntake } from '../../store/sources/intake.ts';
import { ok } from '../../util/result.ts';
import { endsAtOnce } from '../session/interruption.ts';
import { EXIT } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { projectAt } from '../session/project-at.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';

export function planSince(words: readonly string[], options: Options): Promise<number> {
  const { since = '' } = options;
  return withSession(options, endsAtOnce(), async session => {
    const project = await session.project();
    if (!project.ok) return project;
    const then = await projectAt(since, session, project.value);
    if (!then.ok) return then;
    const both = { before: then.value.project, after: project.value };
    const stays = keyFilter(options, project.value.dimensions);
    if (!stays.ok) return stays;
    const patterns = words.length === 0 ? ['//...@all'] : words;
    const named = [both.before, both.after].flatMap(({ configs }) => configs.map(({ variant }) => variant));
    const variants = [...new Map(named.map(each => [each.name, each])).values()];
    const selected = selectVariants(patterns, variants, project.value.lock.builder);
    if (!selected.ok) return selected;
    const names = new Set(selected.value.map(({ variant }) => variant.name));
    const store = session.storeIfAny();
    if (!store.ok) return store;
    const changes = await imageChanges(
      both,
      ({ variant }) => names.has(variant.name) && stays.value(variant.variant.keys),
      new LookingIntake(store.value?.sources),
    );
    const { commit, hasOwnLock } = then.value;
    const report = { revision: since, commit, hasOwnLock, changes };
    const form = options.markdown === true ? sinceMarkdown : sinceText;
    await printLines(options.json === true ? [JSON.stringify(sinceRecord(report))] : form(report));
    return ok(EXIT.done);
  });
}
