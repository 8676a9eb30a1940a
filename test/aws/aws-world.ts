/**
 * An image of a test at AWS: imported at home, copied to the other regions, published in all of them.
 *
 *     disk ──► import ──► publish/HOME
 *      └─────────┴──► copy/REGION ──► publish/REGION
 */
import { join } from 'node:path';
import type { AwsConnection } from '../../src/clouds/aws/account/connection.ts';
import type { AwsImport } from '../../src/clouds/aws/image/aws-image.ts';
import type { AwsPublication } from '../../src/clouds/aws/image/publication.ts';
import { copyNode, importNode, publishNode } from '../../src/clouds/aws/steps/aws-nodes.ts';
import type { Target } from '../../src/engine/build/build.ts';
import { type Label, type Node, OBJECT } from '../../src/engine/model/graph.ts';
import { sourceNode } from '../../src/rules/kinds/source.ts';
import { HOME, IMAGE, REGIONS, targetAt } from './aws-rig.ts';

/** The delays of AWS, as numbers of polls that find something unfinished. */
export const HASTE = {
  visible: { reads: 2 },
  writable: { reads: 2 },
  completed: { reads: 2 },
  registered: { reads: 2 },
  copied: { reads: 2 },
  import: { reads: 1 },
};

const PUBLICATION = { access: ['PUBLIC'], endOfLife: '2027-05-01' };

/** The disk is the file `disk` in the folder. */
export function awsNodes(
  folder: string,
  connection: AwsConnection,
  options: {
    readonly revise?: boolean;
    readonly importing?: AwsImport;
    readonly publication?: Partial<AwsPublication>;
  } = {},
): readonly Node[] {
  const label = (name: string) => `//${name}` as Label;
  const disk = { label: label('disk'), output: 'file' };
  const { revise = false, importing = IMAGE.importing } = options;
  const publication: AwsPublication = { ...PUBLICATION, ...options.publication };
  return [
    sourceNode({ label: disk.label, path: join(folder, 'disk') }),
    ...REGIONS.flatMap(region => {
      const target = targetAt(connection, region, { revise, image: { ...IMAGE, importing } });
      const image = label(region === HOME ? 'import' : `copy/${region}`);
      const made =
        region === HOME
          ? importNode({ label: image, disk, target })
          : copyNode({ label: image, disk, image: label('import'), target });
      return [made, publishNode({ label: label(`publish/${region}`), disk, image, target, publication })];
    }),
  ];
}

export const PUBLISHED: readonly Target[] = REGIONS.map(region => ({
  label: `//publish/${region}` as Label,
  outputs: [OBJECT],
}));
