/** EC2: a form with the name of an action, answered in XML. The work of an action must be in its own file. */
import { AwsError } from '../wire/aws-error.ts';
import type { Reply, Service } from '../wire/exchange.ts';
import { readForm, writeResult } from '../wire/query-codec.ts';
import { document } from '../wire/xml.ts';
import { accountActions } from './account-actions.ts';
import { copyImage } from './copy.ts';
import { imageAttributeActions } from './image-attributes.ts';
import { imageLifeActions } from './image-life.ts';
import { describeImages } from './images.ts';
import { importActions } from './import-tasks.ts';
import { registerImage } from './register.ts';
import { snapshotActions } from './snapshot-actions.ts';
import { tagActions } from './tags.ts';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';

const ACTIONS = new Map(
  [
    ...accountActions,
    ...imageAttributeActions,
    ...imageLifeActions,
    ...importActions,
    ...snapshotActions,
    ...tagActions,
    copyImage,
    describeImages,
    registerImage,
  ].map(each => [each.schema[2], each]),
);

export const ec2: Service = {
  read: ({ body }) => {
    const form = new URLSearchParams(body.toString('utf8'));
    const name = form.get('Action') ?? '';
    const found = ACTIONS.get(name);
    if (found === undefined)
      throw new AwsError('InvalidAction', `The action ${name} is not valid for this web service.`);
    const input = readForm(found.schema, form) as Readonly<Record<string, unknown>>;
    return {
      action: name,
      parameters: input,
      run: (cloud, caller) => {
        if (input.DryRun === true) {
          throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', {
            status: 412,
          });
        }
        const inner = writeResult(found.schema, found.run(cloud, caller, input));
        const { requestId } = caller;
        // Most actions without a result return `true`.
        const members = inner === '' ? '<return>true</return>' : inner;
        const opening = `<?xml version="1.0" encoding="UTF-8"?>\n<${name}Response xmlns="${NAMESPACE}">`;
        return reply(200, `${opening}<requestId>${requestId}</requestId>${members}</${name}Response>`, requestId);
      },
    };
  },
  fail: ({ code, message, status }, requestId) => {
    const error = { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId };
    return reply(status, document('Response', error), requestId);
  },
};

function reply(status: number, body: string, requestId: string): Reply {
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId }, body };
}
