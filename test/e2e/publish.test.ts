/** The publication of a real image to AWS, as a user does it; AWS is the fake. */
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { SNAPSHOT_BLOCK } from '../../src/clouds/aws/blocks/snapshot-blocks.ts';
import { digestOf } from '../../src/store/content/digest.ts';
import { type FakeAws, startFakeAws } from '../fakes/aws/server.ts';
import { makeWorkspace } from './workspace.ts';

const VARIANT = '//aws/x86_64/uefi/tiny';
const NAME = /alpine-3\.20\.\d+-x86_64-uefi-tiny(?:-sample)?-r/;

/** Configures the SDK's endpoint and credentials. */
function environment({ url }: FakeAws, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...{ AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' },
    ...{ AWS_REGION: 'eu-west-1', AIB_AWS_POLL: '0.001' },
    ...more,
  };
}

/** The number of blocks that were sent since the last call. */
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

    expect(await run('build', `${VARIANT}:import`)).toMatchObject({ code: 0 });
    expect(Object.values(aws.world.images)).toHaveLength(1);
    expect(await run('rollback', `${VARIANT}:copy/us-east-1`)).toMatchObject({ code: 2 });
    expect((await run('rollback', '--dry-run', `${VARIANT}@3.20`)).stdout).toMatch(/would be removed/);
    expect((await run('rollback', `${VARIANT}@3.20:import`)).stdout).toMatch(
      /eu-west-1 .* removed: it is not published/,
    );
    expect([aws.world.images, aws.world.snapshots]).toEqual([{}, {}]);
    aws.log.clear();
    const first = await run('publish', VARIANT);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).toMatch(/import \/\/aws/);
    const lines = first.stdout.trim().split('\n');
    const open = ['eu-central-1', 'eu-south-1', 'eu-west-1', 'us-east-1', 'us-west-2'];
    expect(lines.map(line => line.split(/ +/)[0])).toEqual(open);
    for (const line of lines) expect(line).toMatch(new RegExp(`^\\S+ +ami-[0-9a-f]{17} +${NAME.source}0$`));
    const images = Object.values(aws.world.images);
    expect(images.map(({ permission }) => permission.groups)).toEqual(images.map(() => ['all']));
    const whole = blocksSent(aws);

    const state = await run('state', VARIANT);
    expect(state).toMatchObject({ code: 0 });
    expect(state.stdout.split('\n').filter(line => line.includes(' there '))).toHaveLength(2 * open.length);
    const shared = images.find(({ region }) => region === 'us-east-1')?.permission ?? expect.unreachable();
    shared.groups = [];
    expect((await run('state', VARIANT)).stdout).toMatch(/:publish\/us-east-1 +differs.*not shared with PUBLIC/);
    expect(await run('publish', VARIANT)).toMatchObject({ code: 0, stdout: first.stdout });
    expect(aws.log.changes.map(({ action }) => action)).toEqual(['ModifyImageAttribute']);

    expect(await run('verify', `${VARIANT}:import`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${whole} blocks of 512 KiB read back, all the same as on the disk`),
    });
    const snapshot =
      Object.values(aws.world.snapshots).find(each => each.region === 'eu-west-1') ?? expect.unreachable();
    const [index = '', digest = ''] = Object.entries(snapshot.blocks).at(-4) ?? [];
    const flipped = Buffer.from(aws.blocks.get(digest));
    flipped.writeUInt8(flipped.readUInt8(4_321) ^ 1, 4_321);
    snapshot.blocks[Number(index)] = aws.blocks.put(flipped, digestOf(flipped).hash);
    const damaged = await run('verify', `${VARIANT}:import`);
    process.stdout.write(damaged.stdout);
    expect(damaged).toMatchObject({ code: 3, stdout: expect.stringContaining(`different from the disk: ${index}\n`) });
    // The file that contains the byte.
    expect(damaged.stdout).toMatch(/\/(boot|usr|lib|etc|bin|sbin|var)\//);
    snapshot.blocks[Number(index)] = digest;
    aws.log.clear();

    const again = await run('publish', VARIANT);
    expect(again).toMatchObject({ code: 0, stdout: first.stdout });
    expect(aws.log.changes).toEqual([]);
    aws.log.clear();
    expect(await run('build', `${VARIANT}:import`)).toMatchObject({ code: 0 });
    expect(await run('build', `${VARIANT}:import`)).toMatchObject({ code: 0 });
    expect(aws.log.of('DescribeImages'), 'what is remembered is not asked for').toEqual([]);

    workspace.edit('configs/images.conf', text => text.replace('Welcome to Alpine', 'Greetings, Alpine'));
    const refused = await run('publish', VARIANT);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('AIB_PUBLISHED');
    expect(refused.stderr).toContain('--revise');
    const plan = await run('publish', '--dry-run', '--revise', VARIANT);
    expect(plan.stdout).toContain(':copy/us-east-1');
    expect(plan.stdout).toMatch(
      /^at AWS: 1 import, .*about [1-9].* to send; about .* a month by prices of us-east-1 in /m,
    );
    blocksSent(aws);
    const revised = await run('publish', '--revise', '--not-regions', 'eu-south-1', VARIANT);
    expect(revised).toMatchObject({ code: 0 });
    expect(revised.stdout.trim().split('\n')).toHaveLength(open.length - 1);
    expect(revised.stdout).toMatch(new RegExp(`${NAME.source}1\\n`));
    const sent = blocksSent(aws);

    const rolled = await run('rollback', VARIANT);
    expect(rolled).toMatchObject({ code: 0, stdout: '' });
    expect(rolled.stderr).toMatch(/is published or shared: it is not removed/);
    expect((await run('prune')).stderr).toContain('nothing to remove');
    const dry = await run('prune', '--dry-run', '--older-than', '0d');
    expect(dry.stdout.trim().split('\n')).toHaveLength(open.length - 1);
    expect(dry.stdout).toMatch(/^eu-west-1 .*r0 {2}would be removed: superseded by r1$/m);
    expect(await run('prune', '--older-than', '0')).toMatchObject({ code: 0 });
    // In the region that was not changed, r0 is the newest.
    expect(
      Object.values(aws.world.images)
        .map(({ name }) => name.slice(-2))
        .sort(),
    ).toEqual(['r0', 'r1', 'r1', 'r1', 'r1']);
    expect(Object.values(aws.world.snapshots)).toHaveLength(open.length);
    workspace.edit('scripts/setup', text => `${text}\nprintf '%1024s' x > /zzz\n`);
    aws.log.clear();
    expect(await run('publish', '--revise', VARIANT)).toMatchObject({ code: 0 });
    const added = blocksSent(aws);
    process.stdout.write(
      `of ${whole} blocks of ${SNAPSHOT_BLOCK >> 10} KiB with data, a file that was edited in place sent ${sent}, one of 1 KiB added last ${added}\n`,
    );
    expect(sent).toBeLessThanOrEqual(whole * 0.02);
    expect(added).toBeLessThanOrEqual(whole * 0.2);
  });

  it('says what it lacks before anything is built', async () => {
    const workspace = makeWorkspace(inject('sample'));
    const aws = await startFakeAws();
    onTestFinished(aws.stop);
    const of = async (more: NodeJS.ProcessEnv, ...words: readonly string[]) =>
      (await workspace.aibWith(environment(aws, more), ...words)).stderr;
    expect(await of({}, 'publish')).toContain('aib publish requires at least one label');
    expect(await of({ AWS_ENDPOINT_URL: '' }, 'publish', VARIANT)).toContain('AIB_SAMPLE_IMAGE');
    expect(await of({ AWS_REGION: '' }, 'publish', VARIANT)).toContain('set AWS_REGION');
    const nobody = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' };
    expect(await of(nobody, 'publish', VARIANT)).toContain('AWS_PROFILE');
    expect(await of({ AIB_AWS_POLL: 'fast' }, 'publish', VARIANT)).toContain('AIB_AWS_POLL must be a number from 0');
    expect(await of({}, 'publish', '//nocloud/x86_64/uefi/tiny')).toContain(
      'The import of images to nocloud is not supported',
    );
    aws.world.settings.denied = ['ec2:DescribeRegions'];
    expect(await of({}, 'publish', VARIANT)).toMatch(/DescribeRegions[\s\S]*aib doctor aws --policy/);
    expect(aws.log.changes).toEqual([]);
  });
});
