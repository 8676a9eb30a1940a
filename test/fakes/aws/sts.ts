/** STS, with GetCallerIdentity as the only action. */
import { GetCallerIdentity$ } from '@aws-sdk/client-sts';
import { AwsError } from './wire/aws-error.ts';
import type { Reply, Service } from './wire/exchange.ts';
import { writeResult } from './wire/query-codec.ts';
import { document } from './wire/xml.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

export const sts: Service = {
  read: ({ body }) => {
    const action = new URLSearchParams(body.toString('utf8')).get('Action') ?? '';
    if (action !== 'GetCallerIdentity') throw new AwsError('InvalidAction', `Could not find operation ${action}`);
    return {
      action,
      parameters: {},
      run: (_, { account, requestId }): Reply => {
        const result = { UserId: 'AIDAEXAMPLE', Account: account, Arn: `arn:aws:iam::${account}:user/builder` };
        const inner = `<${action}Result>${writeResult(GetCallerIdentity$, result)}</${action}Result>`;
        const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
        return reply(200, `<${action}Response xmlns="${NAMESPACE}">${inner}${metadata}</${action}Response>`, requestId);
      },
    };
  },
  fail: ({ code, message, status }, requestId) => {
    const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message };
    return reply(status, document('ErrorResponse', { Error: error, RequestId: requestId }, NAMESPACE), requestId);
  },
};

function reply(status: number, body: string, requestId: string): Reply {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
}
