/** Reads the tasks in which AWS creates snapshots from objects at S3. Never changes anything. */
import { DescribeImportSnapshotTasksCommand, type ImportSnapshotTask } from '@aws-sdk/client-ec2';
import { ok, type Result } from '../../../util/result.ts';
import { type AwsAnswer, askAws } from './ask-aws.ts';
import { type Asking, callOf, pagesOf } from './describe.ts';

const ACTION = 'DescribeImportSnapshotTasks';

/** All tasks of the account, including those of other programs; AWS keeps finished tasks for a week. */
export async function importTasks(asking: Asking): Promise<AwsAnswer<readonly ImportSnapshotTask[]>> {
  const client = asking.connection.ec2(asking.region);
  const tasks: ImportSnapshotTask[] = [];
  const ask = (page: object) => client.send(new DescribeImportSnapshotTasksCommand(page));
  for await (const answer of pagesOf(asking, ACTION, ask)) {
    if (!answer.ok) return answer;
    tasks.push(...(answer.value.ImportSnapshotTasks ?? []));
  }
  return ok(tasks);
}

/** Undefined for an invisible task: it has just begun, or ended long ago. */
export async function importTaskOf(asking: Asking, id: string): Promise<Result<ImportSnapshotTask | undefined>> {
  const client = asking.connection.ec2(asking.region);
  const answer = await askAws({ ...callOf(asking), action: ACTION }, () =>
    client.send(new DescribeImportSnapshotTasksCommand({ ImportTaskIds: [id] })),
  );
  if (answer.ok) return ok(answer.value.ImportSnapshotTasks?.[0]);
  return answer.refusal.kind === 'absent' ? ok(undefined) : answer;
}

/** The task ended without a snapshot; a task that is being deleted has not ended yet. */
export function hasComeToNothing({ SnapshotTaskDetail: detail }: ImportSnapshotTask): boolean {
  return ['deleted', 'cancelled', 'error'].includes(detail?.Status ?? '');
}

/** The task no longer reads its object. */
export function isFinal(task: ImportSnapshotTask): boolean {
  return hasComeToNothing(task) || task.SnapshotTaskDetail?.Status === 'completed';
}
