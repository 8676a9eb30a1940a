/** `aib update`: a new lock, and in a few lines what is different now. */
import { type Lock, readLock } from '../../alpine/locking/lock.ts';
import { lockPathOf } from '../../config/workspace/workspace-layers.ts';
import { ok } from '../../util/result.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';

export function updateCommand(options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    const path = lockPathOf(session.workspace, options.mirror);
    if (!path.ok) return path;
    const old = readLock(path.value);
    const project = await session.project({ update: true });
    if (!project.ok) return project;
    const { lock, lockPath } = project.value;
    await printLines([...differences(old.ok ? old.value : undefined, lock), `locked in ${lockPath}`]);
    return ok(EXIT.done);
  });
}

function differences(before: Lock | undefined, after: Lock): readonly string[] {
  const lines: string[] = [];
  for (const [version, { release, date, endOfLife }] of Object.entries(after.releases)) {
    const old = before?.releases[version]?.release;
    if (old === undefined)
      lines.push(`${version}: ${release} of ${date}${endOfLife === '' ? '' : `, until ${endOfLife}`}`);
    else if (old !== release) lines.push(`${version}: ${old} → ${release} of ${date}`);
  }
  for (const version of Object.keys(before?.releases ?? {})) {
    if (after.releases[version] === undefined)
      lines.push(`${version}: dropped, no longer served or past its end of life`);
  }
  for (const key of Object.keys(before?.iso ?? {})) {
    if (after.iso[key] === undefined) lines.push(`${key}: dropped, the mirror has no ISO of it`);
  }
  for (const [path, { hash }] of Object.entries(after.indexes)) {
    const old = before?.indexes[path]?.hash;
    if (old !== undefined && old !== hash) lines.push(`${path}: new package index`);
  }
  return lines.length === 0 ? ['nothing is newer'] : lines;
}
