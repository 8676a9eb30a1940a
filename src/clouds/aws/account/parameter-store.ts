/** Names of a region's Parameter Store by which people and programs look up images. Loaded by whoever has such names to set. */
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ok } from '../../../util/result.ts';
import { type AwsAnswer, askAws } from './ask-aws.ts';
import type { AwsConnection } from './connection.ts';
import { type Asking, callOf } from './describe.ts';

/** Undefined for one that is not there. */
export async function parameterOf(asking: Asking, name: string): Promise<AwsAnswer<string | undefined>> {
  const answer = await askAws({ ...callOf(asking), action: 'GetParameters' }, () =>
    clientOf(asking.connection, asking.region).send(new GetParametersCommand({ Names: [name] })),
  );
  return answer.ok ? ok(answer.value.Parameters?.[0]?.Value) : answer;
}

/** AWS looks at the image some time after it has answered. */
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
