import { describe, expect, test } from 'vitest';
import { awsConnection } from '../../clouds/aws/account/connection.ts';
import type { Label } from '../../engine/model/graph.ts';
import { digestOf } from '../../store/content/digest.ts';
import { testConfig } from '../test-config.ts';
import { type AwsCloud, awsImage, awsNodes, wantedRegions } from './aws-variant.ts';

const CLOUD: AwsCloud = {
  account: '123456789012',
  home: 'eu-west-1',
  enabled: ['eu-central-1', 'eu-west-1', 'us-east-1'],
  connection: awsConnection({ memory: '/nowhere' }),
  revise: false,
  publishing: true,
  notRegions: [],
};
const SETTINGS = `
  project = p, name = ["{cloud}_alpine-{release}", "{bootstrap}", "r{revision}"], description = [A small image], disk_size = [126]
  login = alpine, image_format = vhd`;

function labels(text: string, more: Partial<AwsCloud> = {}): readonly string[] {
  const edge = { label: '//x' as Label, output: 'out' };
  const nodes = awsNodes(testConfig(`${SETTINGS}\n${text}`), edge, edge, { ...CLOUD, ...more });
  return nodes.map(({ label }) => label.slice(label.indexOf(':') + 1));
}

describe('a variant at AWS', () => {
  test('is imported at home, copied to all other regions, and published in each', () => {
    expect(labels('regions { ALL = true }')).toEqual([
      ...['import', 'copy/eu-central-1', 'copy/us-east-1'],
      ...['publish/eu-central-1', 'publish/eu-west-1', 'publish/us-east-1'],
    ]);
  });

  test('that is wanted elsewhere alone is imported at home all the same', () => {
    expect(labels('regions { us-east-1 = true }')).toEqual(['import', 'copy/us-east-1', 'publish/us-east-1']);
    expect(labels('')).toEqual(['import']);
  });

  test.each<[string, Record<string, boolean>, readonly string[], readonly string[]]>([
    ['all', { ALL: true }, [], ['eu-central-1', 'eu-west-1', 'us-east-1']],
    ['all but one', { ALL: true, 'us-east-1': false }, [], ['eu-central-1', 'eu-west-1']],
    ['those that are named', { 'us-east-1': true, 'eu-west-1': false }, [], ['us-east-1']],
    ['one that is not open, so that it is told', { 'af-south-1': true }, [], ['af-south-1']],
    ['all but those that are left alone this time', { ALL: true }, ['eu-west-1'], ['eu-central-1', 'us-east-1']],
    ['none', { ALL: false }, [], []],
  ])('may be in %s', (_, regions, notRegions, expected) => {
    expect(wantedRegions(new Map(Object.entries(regions)), { ...CLOUD, notRegions })).toEqual(expected);
  });

  test('has the name, the tags and the boot mode that it is to have', () => {
    const image = awsImage(testConfig(SETTINGS));
    expect(image).toMatchObject({
      project: 'p',
      imageKey: '3.20.3-x86_64-uefi-tiny-aws',
      variant: '//aws/x86_64/uefi/tiny@3.20',
      description: 'A small image 3.20.3',
      architecture: 'x86_64',
      bootMode: 'uefi',
      encrypted: false,
      tags: { arch: 'x86_64', bootstrap: 'tiny', cloud: 'aws', release: '3.20.3', version: '3.20', firmware: 'uefi' },
    });
    expect(image.name(2)).toBe('alpine-3.20.3-tiny-r2');
    expect(awsImage(testConfig(SETTINGS, 'bios')).bootMode).toBe('legacy-bios');
  });

  test('is published as the configuration says, and no more than that', () => {
    const edge = { label: '//x' as Label, output: 'out' };
    const identities = (text: string) =>
      awsNodes(testConfig(`${SETTINGS}\nregions { us-east-1 = true }\n${text}`), edge, edge, CLOUD).map(node => {
        const described =
          node.type === 'external' ? node.describe({ disk: { digest: digestOf('a disk') } as never }) : undefined;
        return described?.ok === true ? described.value.parameters : {};
      });
    const [plainImport, , plain] = identities('');
    const more =
      'tpm = true, protected = true, snapshot_access = true, ssm_parameter = "/alpine/{version}/{bootstrap}"';
    const [imported, , published] = identities(more);
    expect(imported).toEqual({ ...plainImport, tpm: 'v2.0' });
    const asked = { protected: 'true', snapshots: 'true', parameter: '/alpine/3.20/tiny' };
    expect(published).toEqual({ ...plain, ...asked, tpm: 'v2.0' });
    expect(identities('tpm = false, protected = false, snapshot_access = false')).toEqual(identities(''));
  });

  test('goes there by EBS direct unless the configuration says otherwise', () => {
    const importing = (text: string) => awsImage(testConfig(`${SETTINGS}\n${text}`)).importing;
    expect(importing('')).toEqual({ method: 'ebs' });
    expect(importing('import { bucket = images }')).toEqual({ method: 'ebs' });
    expect(importing('import { method = s3 }')).toEqual({ method: 's3' });
    expect(importing('import { method = s3, bucket = images, role = mine }')).toEqual({
      ...{ method: 's3', bucket: 'images', role: 'mine' },
    });
  });

  test('is cut to what AWS takes', () => {
    const image = awsImage(testConfig(`${SETTINGS}\ndescription = null, description = ["${'long '.repeat(100)}"]`));
    expect(image.description).toHaveLength(255);
    expect(image.tags.description).toHaveLength(255);
  });
});
