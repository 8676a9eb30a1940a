/**
 * The snapshot of a disk, by EBS direct. Every run that makes the same snapshot uses the same token, so there is never a second one; its
 * blocks may be sent by several runs and repeatedly, because all send the same.
 *
 *     absent ──start──► open ──blocks, complete──► sealed ──► completed
 *                        └─────────► error ──start, with the next token──► open
 *
 * AWS calls both open and sealed pending. So a pending snapshot is continued: a sealed snapshot refuses a block.
 */
import { CompleteSnapshotCommand, StartSnapshotCommand } from '@aws-sdk/client-ebs';
import type { Snapshot } from '@aws-sdk/client-ec2';
import type { Facts, FindContext, Finding, MakeContext } from '../../../engine/model/external.ts';
import { packedDisk } from '../../../formats/packed-disk.ts';
import type { Disk } from '../../../formats/raw.ts';
import { fail, ok, type Result } from '../../../util/result.ts';
import { type AwsAnswer, askAws } from '../account/ask-aws.ts';
import { awsError } from '../account/aws-errors.ts';
import { type Asking, callOf, ownSnapshots, snapshotOf, untilSeen } from '../account/describe.ts';
import { findParent, type Parent, parentOf, rememberBlocks } from '../blocks/parent-snapshot.ts';
import { type SentBlocks, sentBlocksOf } from '../blocks/sent-blocks.ts';
import { blockListOf, changedBlocks, linearChecksum, snapshotBlocks, volumeGib } from '../blocks/snapshot-blocks.ts';
import { type Uploaded, uploadBlocks } from '../blocks/upload.ts';
import { diskOf, NONE, requestToken, snapshotTags, TAG, tagList, tagOf } from '../image/aws-image.ts';
import { type AwsTarget, type Begun, DISK, type StepWork } from '../image/aws-target.ts';
import { askingOf, pending } from '../image/image-facts.ts';
import { preflight } from '../image/located.ts';
import { findSnapshot, snapshotFailed, thereIs } from './standing-snapshot.ts';

/** The number of attempts, each with its own token. */
const ATTEMPTS = 8;
/** Polls for a snapshot of another run; it is visible within seconds, or was deleted. */
const LOOKS_FOR_OTHERS = 5;

export function snapshotWork(target: AwsTarget): StepWork {
  return {
    find: context => findSnapshot(target, context),
    make: context => new Making(target, context).make(),
    poll: (handle, context) => poll(target, handle, context),
  };
}

async function poll(target: AwsTarget, handle: Facts, context: FindContext): Promise<Result<Finding>> {
  const { snapshot: id, looks: before = '0' } = handle;
  // The handle is from a run with another import method.
  if (id === undefined) return ok({ state: 'absent' });
  const found = await snapshotOf(askingOf(target, context), id);
  if (!found.ok) return found;
  if (found.value === undefined) {
    const looks = Number(before) + 1;
    if (looks > target.connection.looks) return ok({ state: 'absent' });
    return ok(pending(target, { snapshot: id, looks: String(looks) }));
  }
  const { State, StateMessage } = found.value;
  if (State === 'completed') return ok(thereIs(id));
  if (State === 'error' || State === 'recoverable')
    return fail(snapshotFailed(target, `the snapshot ${id} ended as ${State}: ${StateMessage ?? 'no reason given'}`));
  return ok(pending(target, { snapshot: id }));
}

/** AWS will never complete it. */
function isDead(snapshot: Snapshot | undefined): boolean {
  return snapshot !== undefined && snapshot.State !== 'pending' && snapshot.State !== 'completed';
}

interface Start {
  readonly id: string;
  readonly parent: Parent | undefined | 'unknown';
  readonly isWhole: boolean;
}

/** The work of one run. */
class Making {
  readonly #target: AwsTarget;
  readonly #context: MakeContext;
  readonly #asking: Asking;
  #gib = 0;
  /** The failure of the last attempt whose token was used with other parameters. */
  #refused: Extract<Result<never>, { ok: false }> | undefined;

  constructor(target: AwsTarget, context: MakeContext) {
    this.#target = target;
    this.#context = context;
    this.#asking = askingOf(target, context);
  }

  async make(): Promise<Result<Begun>> {
    const allowed = await preflight(this.#target, this.#context);
    if (!allowed.ok) return allowed;
    this.#gib = volumeGib(await this.#disk.size());
    // A snapshot that the account encrypts cannot have an unencrypted parent.
    const parent = allowed.value.encryptsAll ? ok(undefined) : await findParent(this.#target, this.#asking, this.#gib);
    if (!parent.ok) return parent;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const started = await this.#start(attempt, parent.value);
      if (!started.ok) return started;
      // The token belongs to a failed or deleted snapshot: AWS still remembers it.
      if (started.value === undefined) continue;
      const { id, parent: on, isWhole } = started.value;
      if (isWhole) return ok(thereIs(id));
      // Its parent's blocks are known only to another run, which must finish it; otherwise it ends as an error.
      if (on === 'unknown') return ok(pending(this.#target, { snapshot: id }));
      const filled = await this.#fill(id, on);
      if (!filled.ok || filled.value !== undefined) return filled as Result<Begun>;
    }
    return this.#refused ?? fail(snapshotFailed(this.#target, `${ATTEMPTS} snapshots in a row failed`));
  }

  get #disk(): Disk {
    return packedDisk(this.#context.path(DISK));
  }

  /** The snapshot of this attempt, started by this run or another; undefined if it will never be complete. */
  async #start(attempt: number, parent: Parent | undefined): Promise<Result<Start | undefined>> {
    const { connection, place, image } = this.#target;
    const { identity, object } = this.#context;
    const client = connection.ebs(place.region);
    const { encrypted } = image;
    const start = (on: Parent | undefined) =>
      askAws({ ...callOf(this.#asking), action: 'StartSnapshot' }, () =>
        client.send(
          new StartSnapshotCommand({
            VolumeSize: this.#gib,
            ClientToken: requestToken('StartSnapshot', identity, attempt),
            Description: image.variant,
            Tags: tagList(snapshotTags(image, { identity, disk: diskOf(object), parent: on?.id })),
            ...(on === undefined ? {} : { ParentSnapshotId: on.id }),
            ...(encrypted === false ? {} : { Encrypted: true }),
            ...(typeof encrypted === 'string' ? { KmsKeyArn: encrypted } : {}),
          }),
        ),
      );
    let ours = parent;
    let answer = await start(ours);
    // The parent was deleted in the meantime.
    if (!answer.ok && ours !== undefined && answer.refusal.kind === 'absent') {
      ours = undefined;
      answer = await start(ours);
    }
    if (!answer.ok && answer.refusal.kind === 'mismatch') {
      this.#refused = answer;
      return this.#adopt();
    }
    if (!answer.ok) return answer;
    const id = answer.value.SnapshotId ?? '';
    const seen = await snapshotOf(this.#asking, id);
    if (!seen.ok) return seen;
    if (isDead(seen.value)) return ok(undefined);
    return ok({ id, parent: ours, isWhole: seen.value?.State === 'completed' });
  }

  /** Finds a snapshot that was started with other parameters by its tag; undefined if none can be continued. */
  async #adopt(): Promise<Result<Start | undefined>> {
    const other = await untilSeen(
      this.#asking,
      async () => {
        const found = await ownSnapshots(this.#asking, { [TAG.identity]: this.#context.identity });
        if (!found.ok) return found;
        // Failed ones are the last choice: one of them may have had this token.
        return ok(found.value.findLast(each => !isDead(each)) ?? found.value.at(-1));
      },
      LOOKS_FOR_OTHERS,
    );
    if (!other.ok) return other;
    if (other.value === undefined || isDead(other.value)) return ok(undefined);
    const parent = await this.#parentOf(other.value);
    if (!parent.ok) return parent;
    const { SnapshotId: id = '', State } = other.value;
    return ok({ id, parent: parent.value, isWhole: State === 'completed' });
  }

  async #parentOf(snapshot: Snapshot | undefined): Promise<Result<Parent | undefined | 'unknown'>> {
    const id = snapshot === undefined ? undefined : tagOf(snapshot, TAG.parent);
    if (id === NONE) return ok(undefined);
    const parent = id === undefined ? ok(undefined) : await parentOf(this.#target, this.#asking, id);
    return parent.ok ? ok(parent.value ?? 'unknown') : parent;
  }

  /** Sends the missing blocks, and completes it; undefined if it no longer exists. */
  async #fill(id: string, parent: Parent | undefined): Promise<Result<Begun | undefined>> {
    const { connection } = this.#target;
    const sent = sentBlocksOf(connection.memory, id);
    for (;;) {
      const uploaded = await this.#upload(id, parent, sent);
      if (uploaded === 'gone') return ok(undefined);
      if (!uploaded.ok) return uploaded;
      // It is sealed, or this run was aborted.
      if (uploaded.value === undefined) return ok(pending(this.#target, { snapshot: id }));
      const answer = await this.#complete(id, uploaded.value.blocks);
      // The record of an earlier run is wrong.
      const isWronged = !answer.ok && answer.refusal.kind === 'invalid' && uploaded.value.isResumed;
      if (!answer.ok && !isWronged) return answer;
      sent.forget();
      if (isWronged) continue;
      // Without a parent, all non-zero blocks were sent.
      const whole = parent === undefined ? uploaded.value.blocks : await blockListOf(this.#disk);
      rememberBlocks(connection, diskOf(this.#context.object), whole);
      return ok(pending(this.#target, { snapshot: id }));
    }
  }

  /** Undefined if there is nothing to complete: it was aborted, or the snapshot accepts no more blocks. */
  async #upload(
    id: string,
    parent: Parent | undefined,
    sent: SentBlocks,
  ): Promise<Result<Uploaded | undefined> | 'gone'> {
    const { connection, place } = this.#target;
    const blocks = parent === undefined ? snapshotBlocks(this.#disk) : changedBlocks(this.#disk, parent.blocks);
    const client = connection.ebs(place.region);
    // A snapshot that was just started may not accept blocks for a minute.
    const call = { ...callOf(this.#asking), passes: ['absent'] as const };
    const { progress } = this.#context;
    const uploaded = await uploadBlocks(blocks, { client, snapshot: id, call, sent, progress });
    if (uploaded.ok) return uploaded;
    const { kind, reason } = uploaded.refusal;
    if (kind === 'absent') return 'gone';
    // Another run may have completed it in the meantime.
    return kind === 'invalid' && reason === 'INVALID_SNAPSHOT_ID' ? ok(undefined) : uploaded;
  }

  async #complete(id: string, blocks: Uploaded['blocks']): Promise<AwsAnswer<unknown>> {
    const { connection, place } = this.#target;
    const client = connection.ebs(place.region);
    let isLost = false;
    const answer = await askAws({ ...callOf(this.#asking), action: 'CompleteSnapshot' }, () =>
      client
        .send(
          new CompleteSnapshotCommand({
            SnapshotId: id,
            ChangedBlocksCount: blocks.size,
            Checksum: linearChecksum(blocks),
            ChecksumAlgorithm: 'SHA256',
            ChecksumAggregationMethod: 'LINEAR',
          }),
        )
        .catch(error => {
          isLost ||= awsError(error)?.kind === 'transient';
          throw error;
        }),
    );
    // An answer was lost, and AWS accepts the call only once: the state of the snapshot will show the result.
    return !answer.ok && isLost && answer.refusal.kind === 'invalid' ? ok(undefined) : answer;
  }
}
