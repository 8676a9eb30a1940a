/** `aib rollback LABEL…`: takes back what was imported and copied of images, as long as nobody else may use it. */

import { TAG } from '../../clouds/aws/image/aws-image.ts';
import type { StandingImage } from '../../clouds/aws/image/images-of-project.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { keyFilter } from '../../config/tree/key-filter.ts';
import type { AwsCloud } from '../../rules/clouds/aws-variant.ts';
import { variantOf } from '../../rules/labels.ts';
import { ok, type Result } from '../../util/result.ts';
import { awsFor } from '../session/clouds.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import { withOutput } from '../session/null-build.ts';
import { type Session, withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';
import { chooseTargets } from '../words/targets.ts';
import { removeImages } from './removed-images.ts';

export function rollbackCommand(words: readonly string[], options: Options): Promise<number> {
  if (words.length === 0) {
    const hint = 'aib rollback //aws/x86_64/uefi/tiny';
    return Promise.resolve(showFailure({ code: 'AIB_USAGE', what: 'aib rollback wants labels', hint }));
  }
  const narrow = words.find(word => word.includes(':') && !word.endsWith(':import'));
  if (narrow !== undefined)
    return Promise.resolve(
      showFailure({
        code: 'AIB_USAGE',
        what: 'An image is taken back in all regions, or not at all',
        got: narrow,
        hint: `aib rollback ${narrow.replace(/:.*$/, '')}`,
      }),
    );
  return withSession(options, interruption(), async session => {
    const labels = words.map(word => withOutput(word, 'import'));
    const aws = await awsFor(session, labels);
    if (!aws.ok) return aws;
    const project = await session.project({ aws: aws.value });
    if (!project.ok) return project;
    const stays = keyFilter(options, project.value.dimensions);
    if (!stays.ok) return stays;
    const chosen = chooseTargets(labels, project.value, stays.value);
    if (!chosen.ok) return chosen;
    for (const line of chosen.value.notices) notice(line);
    const names = new Set(chosen.value.targets.map(({ label }) => variantOf(label)));
    const configs = project.value.configs.filter(({ variant }) => names.has(variant.name));
    return aws.value === undefined ? ok(EXIT.done) : takeBack(session, configs, aws.value);
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
    notice(`${id} in ${region}, ${name}, is published or shared, and stays`);
  for (const image of found) if (image.published) stays(image);
  const images = found.filter(({ published }) => !published).map(image => ({ image, why: 'it is not published' }));
  return removeImages(images, { session, connection, stays });
}
