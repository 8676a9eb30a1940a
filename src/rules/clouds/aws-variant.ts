/**
 * A variant at AWS as nodes: its import, a copy for every other configured region, and a publication for each region. Only this file reads
 * the configuration of accounts and regions.
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

/** The connection to AWS, for runs that use it. */
export interface AwsCloud extends AwsAccount {
  readonly connection: AwsConnection;
  /** Whether a new revision of a published image may be created. */
  readonly revise: boolean;
  /** Whether the images will be shared with others. */
  readonly publishing: boolean;
  /** Regions that this command excludes. */
  readonly notRegions: readonly string[];
}

/** Limits of AWS, in characters. */
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
    // With the excluded regions: a revision is the same everywhere.
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

/**
 * The configured regions; `ALL` means all enabled regions. A region that is named but not enabled is kept, so that the user gets its
 * failure.
 */
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
    // Without the cloud, as Alpine names its own images there.
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

/** AWS accepts only ASCII in descriptions: letters lose their accents, and other characters are removed. */
function plain(text: string): string {
  return text.normalize('NFKD').replaceAll(/[^ -~]/g, '');
}
