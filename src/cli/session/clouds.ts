/** Connects to a cloud and reads the account before the configuration is read. Loads and requests nothing if no label belongs to a cloud. */
import { join } from 'node:path';
import { openMirror } from '../../alpine/mirror/open-mirror.ts';
import type { AwsAccount } from '../../clouds/aws/account/aws-account.ts';
import type { AwsConnection } from '../../clouds/aws/account/connection.ts';
import { isLoopback } from '../../clouds/aws/account/loopback.ts';
import type { AwsCloud } from '../../rules/clouds/aws-variant.ts';
import { isSent } from '../../rules/kinds/kind-table.ts';
import { chosenMirrors, rootOf } from '../../rules/project/project.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import type { Session } from './session.ts';

/** Whether a label names an object at a provider: `//…:copy/eu-west-1`. */
export function isSentLabel(label: string): boolean {
  return isSent(/:([^/:]+)(?:\/[^:]*)?$/.exec(label)?.[1] ?? '');
}

/** Undefined if no label names an object at AWS. The connections end with the session. */
export async function awsFor(session: Session, labels: readonly string[]): Promise<Result<AwsCloud | undefined>> {
  if (!labels.some(isSentLabel)) return ok(undefined);
  const refused = sampleRefusal(session);
  if (refused !== undefined) return fail(refused);
  const { workspace, options, signal } = session;
  const connected = await connectToAws(join(workspace.cache, 'aws'), signal);
  if (!connected.ok) return connected;
  const { connection, account } = connected.value;
  session.onClose(connection.close);
  const { revise = false, notRegions = [] } = options;
  const publishing = labels.some(label => /:publish(\/|$)/.test(label));
  return ok({ ...account, connection, revise, publishing, notRegions });
}

/** The caller must close the connection. Uploads are remembered in the folder `memory`. */
export async function connectToAws(
  memory: string,
  signal: AbortSignal,
): Promise<Result<{ readonly connection: AwsConnection; readonly account: AwsAccount }>> {
  const factor = pollFactor(process.env.AIB_AWS_POLL);
  if (!factor.ok) return factor;
  // Otherwise the SDK prints which version of Node its next version requires.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  const [{ awsConnection }, { askAccount }] = await Promise.all([
    import('../../clouds/aws/account/connection.ts'),
    import('../../clouds/aws/account/aws-account.ts'),
  ]);
  const connection = awsConnection({ memory, factor: factor.value });
  const account = await askAccount(connection, signal);
  if (account.ok) return ok({ connection, account: account.value });
  connection.close();
  return account;
}

/**
 * The failure for images of the sample mirror, which must not leave this machine; undefined for others, or if the AWS endpoint is on this
 * machine.
 */
function sampleRefusal({ workspace, options }: Session): Failure | undefined {
  if (isLoopback(process.env)) return undefined;
  const mirrors = options.mirror === undefined ? chosenMirrors(workspace) : ok(options.mirror);
  if (!mirrors.ok) return mirrors.error;
  const opened = openMirror(mirrors.value);
  if (!opened.ok) return opened.error;
  const root = rootOf(opened.value);
  if (!root.ok) return root.error;
  if (root.value.name !== 'sample') return undefined;
  return {
    code: 'AIB_SAMPLE_IMAGE',
    what: 'Images of the sample mirror cannot be imported or published',
    where: opened.value.spec,
  };
}

/** The factor for all waits for AWS. */
function pollFactor(text = '1'): Result<number> {
  const factor = Number(text);
  if (text.trim() !== '' && Number.isFinite(factor) && factor >= 0) return ok(factor);
  return fail({
    code: 'AIB_USAGE',
    what: 'AIB_AWS_POLL must be a number from 0',
    got: text,
    hint: 'set it to a factor for all waits, such as 0.5, or unset it',
  });
}
