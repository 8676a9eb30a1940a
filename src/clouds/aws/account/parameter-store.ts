/**
 * Reads and sets names in a region's Parameter Store, which users and programs look up images by. Loaded only if such names are configured.
 */
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ok } from '../../../util/result.ts';
import { type AwsAnswer, askAws } from './ask-aws.ts';
import type { AwsConnection } from './connection.ts';
import { type Asking, callOf } from './describe.ts';

/** Undefined for a missing parameter. */
export async function parameterOf(asking: Asking, name: string): Promise<AwsAnswer<string | undefined>> {
  const answer = await askAws({ ...callOf(asking), action: 'GetParameters' }, () =>
    clientOf(asking.connection, asking.region).send(new GetParametersCommand({ Names: [name] })),
  );
  return answer.ok ? ok(answer.value.Parameters?.[0]?.Value) : answer;
}

/** AWS checks the image only some time after its answer. */
export function setParameter(asking: Asking, name: string, image: string): Promise<AwsAnswer<unknown>> {
  return askAws({ ...callOf(asking), action: 'PutParameter' }, () =>
    clientOf(asking.connection, asking.region).send(
      new PutParameterCommand({ Name: name, Value: image, Type: 'String', DataType: 'aws:ec2:image', Overwrite: true }),
    ),
  );
}

function clientOf(connection: AwsConnection, region: string): SSMClient {
  return connection.client('ssm', region, settings => new SSMClient(settings));
}
