/** A real image on its way to AWS, as a user sends it there; AWS is the fake. */
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { SNAPSHOT_BLOCK } from '../../src/clouds/aws/blocks/snapshot-blocks.ts';
import { type FakeAws, startFakeAws } from '../fakes/aws/server.ts';
import { makeWorkspace } from './workspace.ts';

const VARIANT = '//aws/x86_64/uefi/tiny';
const NAME = /alpine-3\.20\.\d+-x86_64-uefi-tiny(?:-sample)?-r/;

/** What the SDK is told where to go, and as whom. */
function environment({ url }: FakeAws, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...{ AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' },
    ...{ AWS_REGION: 'eu-west-1', AIB_AWS_POLL: '0.001' },
    ...more,
  };
}

/** Blocks that were sent, since the last time. */
function blocksSent({ log }: FakeAws): number {
  const sent = log.of('PutSnapshotBlock').length;
  log.clear();
  return sent;
}

describe('aib publish', () => {
  it('builds, boots, imports, copies and shares; then changes nothing; then makes a revision of what has changed', async () => {
    const workspace = makeWorkspace(inject('sample'));
    const aws = await startFakeAws();
    onTestFinished(aws.stop);
    Object.assign(aws.world.settings.lag, { visible: { reads: 1 }, copied: { reads: 2 }, completed: { reads: 2 } });
    const run = (...words: readonly string[]) => workspace.aibWith(environment(aws), ...words);

    const first = await run('publish', VARIANT);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).toMatch(/boot \/\/.*\n[\s\S]*import \/\/aws/);
    const lines = first.stdout.trim().split('\n');
    const open = ['eu-central-1', 'eu-south-1', 'eu-west-1', 'us-east-1', 'us-west-2'];
    expect(lines.map(line => line.split(/ +/)[0])).toEqual(open);
    for (const line of lines) expect(line).toMatch(new RegExp(`^\\S+ +ami-[0-9a-f]{17} +${NAME.source}0$`));
    const images = Object.values(aws.world.images);
    expect(images.map(({ permission }) => permission.groups)).toEqual(images.map(() => ['all']));
    const whole = blocksSent(aws);

    const again = await run('publish', VARIANT);
    expect(again).toMatchObject({ code: 0, stdout: first.stdout });
    expect(aws.log.changes).toEqual([]);
    aws.log.clear();
    expect(await run('build', `${VARIANT}:import`)).toMatchObject({ code: 0 });
    expect(await run('build', `${VARIANT}:import`)).toMatchObject({ code: 0 });
    expect(aws.log.of('DescribeImages'), 'what is remembered is not asked for').toEqual([]);

    workspace.edit('configs/images.conf', text => text.replace('Welcome to Alpine', 'Hail to Alpine'));
    const refused = await run('publish', VARIANT);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('AIB_PUBLISHED');
    expect(refused.stderr).toContain('--revise');
    const plan = await run('publish', '--dry-run', '--revise', VARIANT);
    expect(plan.stdout).toContain(':copy/us-east-1');
    blocksSent(aws);
    const revised = await run('publish', '--revise', '--not-regions', 'eu-south-1', VARIANT);
    expect(revised).toMatchObject({ code: 0 });
    expect(revised.stdout.trim().split('\n')).toHaveLength(open.length - 1);
    expect(revised.stdout).toMatch(new RegExp(`${NAME.source}1\\n`));
    const sent = blocksSent(aws);
    process.stdout.write(
      `of ${whole} blocks of ${SNAPSHOT_BLOCK >> 10} KiB with data, a file of /etc that was edited in place sent ${sent}\n`,
    );
    // At most a fiftieth; a small image has few blocks, and one that is edited touches a few of them.
    expect(sent).toBeLessThanOrEqual(Math.max(4, whole * 0.02));
  });

  it('says what it lacks before anything is built', async () => {
    const workspace = makeWorkspace(inject('sample'));
    const aws = await startFakeAws();
    onTestFinished(aws.stop);
    const of = async (more: NodeJS.ProcessEnv, ...words: readonly string[]) =>
      (await workspace.aibWith(environment(aws, more), ...words)).stderr;
    expect(await of({}, 'publish')).toContain('name what to publish');
    expect(await of({ AWS_ENDPOINT_URL: '' }, 'publish', VARIANT)).toContain('AIB_SAMPLE_IMAGE');
    expect(await of({ AWS_REGION: '' }, 'publish', VARIANT)).toContain('set AWS_REGION');
    const nobody = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' };
    expect(await of(nobody, 'publish', VARIANT)).toContain('AWS_PROFILE');
    expect(await of({ AIB_AWS_POLL: 'fast' }, 'publish', VARIANT)).toContain('AIB_AWS_POLL is no number');
    expect(await of({}, 'publish', '//nocloud/x86_64/uefi/tiny')).toContain('cannot bring images to nocloud');
    aws.world.settings.denied = ['ec2:DescribeRegions'];
    expect(await of({}, 'publish', VARIANT)).toMatch(/DescribeRegions[\s\S]*aib doctor aws --policy/);
    expect(aws.log.changes).toEqual([]);
  });
});
