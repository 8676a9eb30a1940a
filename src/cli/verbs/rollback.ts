/** `aib rollback LABEL…`: removes imports and copies of images that are not shared or published. */

import { TAG } from '../../clouds/aws/image/aws-image.ts';
import type { StandingImage } from '../../clouds/aws/image/images-of-project.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { AwsCloud } from '../../rules/clouds/aws-variant.ts';
import { variantOf } from '../../rules/labels.ts';
import { ok, type Result } from '../../util/result.ts';
import { chooseObjects } from '../session/asked-objects.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import { type Session, withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { removeImages } from './removed-images.ts';

export function rollbackCommand(words: readonly string[], options: Options): Promise<number> {
  if (words.length === 0) {
    const hint = 'aib rollback //aws/x86_64/uefi/tiny';
    return Promise.resolve(showFailure({ code: 'AIB_USAGE', what: 'aib rollback requires at least one label', hint }));
  }
  const narrow = words.find(word => word.includes(':') && !word.endsWith(':import'));
  if (narrow !== undefined)
    return Promise.resolve(
      showFailure({
        code: 'AIB_USAGE',
        what: 'aib rollback accepts only labels of images, because it removes all their imports and copies',
        got: narrow,
        hint: `aib rollback ${narrow.replace(/:.*$/, '')}`,
      }),
    );
  return withSession(options, interruption(), async session => {
    const chosen = await chooseObjects(session, words);
    if (!chosen.ok) return chosen;
    const { aws, project, targets: named } = chosen.value;
    const names = new Set(named.map(({ label }) => variantOf(label)));
    const configs = project.configs.filter(({ variant }) => names.has(variant.name));
    return aws === undefined ? ok(EXIT.done) : takeBack(session, configs, aws);
  });
}

async function takeBack(session: Session, configs: readonly ImageConfig[], aws: AwsCloud): Promise<Result<number>> {
  const { standingsOf } = await import('../../clouds/aws/image/images-of-project.ts');
  const { connection, enabled, notRegions } = aws;
  const regions = enabled.filter(region => !notRegions.includes(region));
  const found: StandingImage[] = [];
  for (const { project, imageKey } of configs) {
    const there = await standingsOf(
      project,
      regions,
      { connection, signal: session.signal },
      { [TAG.imageKey]: imageKey },
    );
    if (!there.ok) return there;
    found.push(...there.value.images);
  }
  const stays = ({ name, id, region }: StandingImage): void =>
    notice(`${id} in ${region}, ${name}, is published or shared: it is not removed`);
  for (const image of found) if (image.published) stays(image);
  const images = found.filter(({ published }) => !published).map(image => ({ image, why: 'it is not published' }));
  return removeImages(images, { session, connection, stays });
}
