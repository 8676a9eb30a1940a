/** Services that use JSON, with the action in a header: `X-Amz-Target: AmazonSSM.PutParameter`. Must not contain the work of an action. */
import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { AwsError } from './aws-error.ts';
import { headerOf, type Reply, type Service } from './exchange.ts';

type Work = (cloud: Cloud, caller: Caller, input: Readonly<Record<string, unknown>>) => object;

export function jsonService(prefix: string, actions: Readonly<Record<string, Work>>): Service {
  return {
    read: wire => {
      const [service, action = ''] = (headerOf(wire, 'x-amz-target') ?? '').split('.');
      const work = service === prefix && Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (work === undefined) throw new AwsError('UnknownOperationException', `The fake has no ${service}.${action}`);
      const parameters = JSON.parse(wire.body.toString('utf8')) as Readonly<Record<string, unknown>>;
      return {
        action,
        parameters,
        run: (cloud, caller) => reply(200, work(cloud, caller, parameters), caller.requestId),
      };
    },
    fail: ({ code, message, status }, requestId) => reply(status, { __type: code, message }, requestId),
  };
}

function reply(status: number, body: object, requestId: string): Reply {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId };
  return { status, headers, body: JSON.stringify(body) };
}
