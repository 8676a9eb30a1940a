/**
 * `aib verify LABEL:import`: reads a snapshot back from AWS, and compares it with the disk in the store: block by block, then file by file.
 */
import { mkdtempSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AwsConnection } from '../../clouds/aws/account/connection.ts';
import { DISK } from '../../clouds/aws/image/aws-target.ts';
import { packedDisk } from '../../formats/packed-disk.ts';
import { copySparse } from '../../formats/raw.ts';
import { diskDifferenceLines } from '../../report/tables/disk-difference-lines.ts';
import { count } from '../../report/text/count.ts';
import type { Artifact } from '../../store/content/artifact.ts';
import type { Store } from '../../store/store.ts';
import { removeTree } from '../../util/files/remove-tree.ts';
import { writeAll } from '../../util/files/write-all.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { imageDifference } from '../../verify/diff/disks.ts';
import { askObjects } from '../session/asked-objects.ts';
import { awsFor } from '../session/clouds.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { chooseTargets } from '../words/targets.ts';

export function verifySnapshots(words: readonly string[], options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    const { signal } = session;
    const aws = await awsFor(session, words);
    if (!aws.ok) return aws;
    const project = await session.project({ aws: aws.value });
    if (!project.ok) return project;
    const chosen = chooseTargets(words, project.value);
    if (!chosen.ok) return chosen;
    const store = session.storeToRead();
    if (!store.ok) return store;
    if (aws.value === undefined) return ok(EXIT.usage);
    const { objects } = await askObjects(project.value, store.value, chosen.value.targets, signal);
    let exit: number = EXIT.done;
    for (const { node, asked } of objects) {
      const { label, steps } = node;
      if (asked?.standing.ok === false) return asked.standing;
      const disk = asked?.inputs[DISK];
      if (asked === undefined || disk === undefined || asked.standing.value.next < steps.length)
        return fail({
          code: 'AIB_USAGE',
          what: 'The import does not exist at AWS, so it cannot be verified',
          where: label,
          hint: `import it with aib build ${label}`,
        });
      const { snapshot = '', region = '' } = asked.standing.value.facts;
      const compared = await compare({ snapshot, region, disk }, aws.value.connection, store.value, signal);
      if (!compared.ok) return compared;
      const { blocks, different, lines } = compared.value;
      if (different.length > 0) exit = EXIT.found;
      await printLines(
        options.json === true
          ? [JSON.stringify({ label, snapshot, region, blocks, different })]
          : [sentence(label, { snapshot, region, blocks, different }), ...lines],
      );
    }
    return ok(exit);
  });
}

interface Place {
  readonly snapshot: string;
  readonly region: string;
}

function sentence(
  label: string,
  { snapshot, region, blocks, different }: Place & { readonly blocks: number; readonly different: readonly number[] },
): string {
  const where = `${label}: ${snapshot} in ${region}`;
  const read = `${count(blocks, 'block')} of 512 KiB read back`;
  if (different.length === 0) return `${where}: ${read}, all the same as on the disk`;
  const shown = different.slice(0, 10).join(', ');
  const more = different.length > 10 ? `, and ${different.length - 10} more` : '';
  return `${where}: ${read}, different from the disk: ${shown}${more}`;
}

async function compare(
  { snapshot, region, disk }: Place & { readonly disk: Artifact },
  connection: AwsConnection,
  store: Store,
  signal: AbortSignal,
): Promise<
  Result<{ readonly blocks: number; readonly different: readonly number[]; readonly lines: readonly string[] }>
> {
  const [{ blockListOf, SNAPSHOT_BLOCK }, { readBack }] = await Promise.all([
    import('../../clouds/aws/blocks/snapshot-blocks.ts'),
    import('../../clouds/aws/blocks/read-back.ts'),
  ]);
  if ((await store.blobs.inspect(disk)) !== 'present')
    return fail({
      code: 'AIB_USAGE',
      what: 'The disk of the snapshot is no longer in the store',
      got: disk.digest.hash,
      hint: 'build its :disk and verify again',
    });
  const path = store.blobs.path(disk.digest);
  const expected = await blockListOf(packedDisk(path));
  const read = await readBack({ connection, region, signal }, snapshot, expected);
  if (!read.ok) return read;
  const { blocks, different, bytes } = read.value;
  if (different.length === 0) return ok({ blocks, different, lines: [] });
  const folder = mkdtempSync(join(tmpdir(), 'aib-snapshot-'));
  try {
    // A copy of the disk, with the differing blocks of the snapshot that were kept.
    const theirs = join(folder, 'snapshot.raw');
    await copySparse(packedDisk(path), theirs);
    const file = await open(theirs, 'r+');
    const { size } = await file.stat();
    for (const [index, content] of bytes) {
      const at = index * SNAPSHOT_BLOCK;
      // A block can extend past the end of the disk, where there is nothing to compare.
      if (at < size) await writeAll(file, content.subarray(0, size - at), at);
    }
    await file.close();
    return ok({ blocks, different, lines: [...diskDifferenceLines(await imageDifference(path, theirs))] });
  } finally {
    await removeTree(folder);
  }
}
