/**
 * `aib size IMAGE`: what uses the space of a disk image, a file or a label; of two, what is larger or smaller in the second. Mounts
 * nothing.
 */
import { sizeDifferenceLines } from '../../report/tables/size-difference-lines.ts';
import { sizeLines } from '../../report/tables/size-lines.ts';
import { ok } from '../../util/result.ts';
import { type ImageSize, imageSize } from '../../verify/size/image-size.ts';
import { sizeDifference } from '../../verify/size/size-difference.ts';
import { withImageFiles } from '../session/image-files.ts';
import { EXIT, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import { packagePlace } from '../session/who-asked.ts';
import type { Options } from '../words/options.ts';

const DEPTH = 2;

export async function sizeCommand(words: readonly string[], options: Options): Promise<number> {
  const { diff = false, depth = DEPTH, json = false } = options;
  if (words.length !== (diff ? 2 : 1)) {
    const hint = 'aib size //aws/x86_64/uefi/tiny, or aib size --diff old.qcow2 //aws/x86_64/uefi/tiny';
    return showFailure({ code: 'AIB_USAGE', what: 'aib size requires one image; with --diff, two', hint });
  }
  return withImageFiles(words, options, async images => {
    const sizes: ImageSize[] = [];
    for (const { path, config } of images) {
      const place = config === undefined ? {} : { placeOf: (name: string) => packagePlace(config, name) };
      sizes.push(await imageSize(path, { depth, ...place }));
    }
    const [one, two] = sizes;
    if (one === undefined) return ok(EXIT.done);
    if (two === undefined) {
      await printLines(json ? [JSON.stringify(one)] : sizeLines(one));
    } else {
      const difference = sizeDifference(one, two);
      await printLines(json ? [JSON.stringify(difference)] : sizeDifferenceLines(difference));
    }
    return ok(EXIT.done);
  });
}
