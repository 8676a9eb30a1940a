/**
 * A variant at AWS as nodes: its import, a copy for every other region that the configuration names, and a publication for each of all of them.
 * What the configuration says of accounts and regions is read here and nowhere else.
 */
import type { AwsAccount } from '../../clouds/aws/account/aws-account.ts';
import type { AwsConnection } from '../../clouds/aws/account/connection.ts';
import type { AwsImage } from '../../clouds/aws/image/aws-image.ts';
import type { AwsTarget } from '../../clouds/aws/image/aws-target.ts';
import { type AwsPublication, PUBLIC } from '../../clouds/aws/image/publication.ts';
import { copyNode, importNode, publishNode } from '../../clouds/aws/steps/aws-nodes.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { imageName } from '../../config/image/image-name.ts';
import type { Edge, Node } from '../../engine/model/graph.ts';
import { copyLabel, publishLabel, variantLabel } from '../labels.ts';

/** Who asks AWS, for a run that is to. */
export interface AwsCloud extends AwsAccount {
  readonly connection: AwsConnection;
  /** Whether a new revision may be made of what is published. */
  readonly revise: boolean;
  /** Whether others are to use them in the end. */
  readonly publishing: boolean;
  /** Left alone this time. */
  readonly notRegions: readonly string[];
}

/** AWS takes no more of them, and no longer ones. */
const LONGEST_TAG = 255;
const LONGEST_DESCRIPTION = 255;

/** None for variants of other clouds. */
export function awsNodes(config: ImageConfig, disk: Edge, verdict: Edge, cloud: AwsCloud): readonly Node[] {
  if (config.cloud !== 'aws') return [];
  const variant = config.variant.name;
  const { account, home, connection, revise } = cloud;
  const wanted = wantedRegions(config.distribution.regions, cloud);
  const image = awsImage(config);
  const publication = publicationOf(config);
  const target = (region: string): AwsTarget => ({
    ...{ connection, image, revise },
    publicIn: cloud.publishing && publication.access.includes(PUBLIC) ? wanted : [],
    place: { account, region },
    // Also those that are left alone this time: a revision is one everywhere.
    regions: [...new Set([home, ...cloud.enabled, ...wanted])],
  });
  const imported = variantLabel(variant, 'import');
  const copies = wanted
    .filter(region => region !== home)
    .map(region => copyNode({ label: copyLabel(variant, region), disk, image: imported, target: target(region) }));
  const publications = wanted.map(region =>
    publishNode({
      label: publishLabel(variant, region),
      ...{ disk, publication },
      image: region === home ? imported : copyLabel(variant, region),
      target: target(region),
    }),
  );
  return [importNode({ label: imported, disk, verdict, target: target(home) }), ...copies, ...publications];
}

/** Those that the configuration names, where `ALL` are all that are open; one that is named and is not open fails, as whoever named it wants to know. */
export function wantedRegions(
  regions: ReadonlyMap<string, boolean>,
  { enabled, notRegions }: Pick<AwsCloud, 'enabled' | 'notRegions'>,
): readonly string[] {
  const named = [...regions].flatMap(([name, isWanted]) => (isWanted && name !== 'ALL' ? [name] : []));
  const all = regions.get('ALL') === true ? enabled : [];
  return [...new Set([...all, ...named])]
    .filter(name => regions.get(name) !== false && !notRegions.includes(name))
    .sort();
}

function publicationOf({ distribution, endOfLife }: ImageConfig): AwsPublication {
  const access = [...distribution.access].flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  const { isProtected, sharesSnapshots, parameter } = distribution;
  return {
    access,
    ...(endOfLife === '' ? {} : { endOfLife }),
    ...(isProtected ? { isProtected } : {}),
    ...(sharesSnapshots ? { sharesSnapshots } : {}),
    ...(parameter === undefined ? {} : { parameter }),
  };
}

export function awsImage(config: ImageConfig): AwsImage {
  const { project, variant, version, release, endOfLife, description, cloud, firmware } = config;
  const { keys } = variant.variant;
  const known = {
    arch: config.arch,
    bootstrap: keys.get('bootstrap') ?? '',
    cloud,
    description,
    end_of_life: endOfLife,
    firmware,
    machine: keys.get('machine') ?? '',
    release,
    version,
  };
  const said = Object.entries(known).filter(([, value]) => value !== '');
  return {
    ...{ project, imageKey: config.imageKey, variant: variant.name },
    // As Alpine names its own there: without the cloud, which is known.
    name: revision => imageName({ name: config.name, cloud: '' }, revision).replace(/^[_-]/, ''),
    description: plain(description).slice(0, LONGEST_DESCRIPTION),
    architecture: config.arch === 'aarch64' ? 'arm64' : 'x86_64',
    bootMode: firmware === 'uefi' ? 'uefi' : 'legacy-bios',
    encrypted: config.distribution.encrypted,
    tpm: config.distribution.tpm,
    importing: importingOf(config),
    tags: Object.fromEntries(said.map(([key, value]) => [key, value.slice(0, LONGEST_TAG)])),
  };
}

function importingOf({ distribution: { importing } }: ImageConfig): AwsImage['importing'] {
  const { method, ...place } = importing;
  return method === 's3' ? { method, ...place } : { method: 'ebs' };
}

/** AWS takes descriptions of ASCII alone: letters lose their accents, and the rest goes. */
function plain(text: string): string {
  return text.normalize('NFKD').replaceAll(/[^ -~]/g, '');
}
