/** `aib diff A B`: what is different in two disk images, files or labels, structure by structure. Files need no project, no root, no other program. */
import { diskDifferenceLines } from '../../report/tables/disk-difference-lines.ts';
import { ok } from '../../util/result.ts';
import { type DiskDifference, imageDifference } from '../../verify/diff/disks.ts';
import { withImageFiles } from '../session/image-files.ts';
import { EXIT, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import type { Options } from '../words/options.ts';

export async function diffCommand(words: readonly string[], options: Options): Promise<number> {
  const [before, after] = words;
  if (before === undefined || after === undefined || words.length > 2) {
    const hint = 'aib diff old.qcow2 new.qcow2, or aib diff //aws/x86_64/uefi/tiny //nocloud/x86_64/uefi/tiny';
    return showFailure({ code: 'AIB_USAGE', what: 'aib diff wants two images', hint });
  }
  return withImageFiles(words, options, async images => {
    const difference = await imageDifference(...(images.map(({ path }) => path) as [string, string]));
    await printLines(options.json === true ? [JSON.stringify(difference)] : diskDifferenceLines(difference));
    return ok(isNone(difference) ? EXIT.done : EXIT.found);
  });
}

function isNone({ sizes, table, partitions, outside }: DiskDifference): boolean {
  return sizes[0] === sizes[1] && table.length + partitions.length + outside.length === 0;
}
