/** S3 with the bucket in the path: determines the action of a request. Contains only routes; the work of a call must be in its own file. */
import { AwsError } from '../wire/aws-error.ts';
import type { Operation, Service } from '../wire/exchange.ts';
import { document } from '../wire/xml.ts';
import { readBody } from './body.ts';
import { bucketRoutes } from './buckets.ts';
import { multipartRoutes } from './multipart.ts';
import { objectRoutes } from './objects.ts';

const ROUTES = [...bucketRoutes, ...multipartRoutes, ...objectRoutes].sort(
  (a, b) => (b.query?.length ?? 0) - (a.query?.length ?? 0),
);

/** Parameters of the query that are separate actions: one without a route must not be treated as a simpler action. */
const SUBRESOURCES = [
  'acl',
  'cors',
  'delete',
  'encryption',
  'lifecycle',
  'location',
  'policy',
  'publicAccessBlock',
  'tagging',
  'uploads',
  'versioning',
  'versions',
];

export const s3: Service = {
  read: wire => {
    const [, bucket = '', ...rest] = wire.path.split('/');
    const key = rest.join('/');
    const { query, method } = wire;
    const on = bucket === '' ? 'account' : key === '' ? 'bucket' : 'object';
    const fitting = ROUTES.filter(route => route.method === method && route.on === on);
    const route = fitting.find(each => (each.query ?? []).every(name => query.has(name)));
    const isKnown = SUBRESOURCES.every(name => !query.has(name) || route?.query?.includes(name));
    if (route === undefined || !isKnown) {
      throw new AwsError('NotImplemented', `The fake has no ${method} of ${wire.path}?${query}`, { status: 501 });
    }
    const part = query.get('partNumber');
    const upload = query.get('uploadId');
    const parameters = {
      Bucket: bucket,
      ...(key === '' ? {} : { Key: key }),
      ...(part === null ? {} : { PartNumber: Number(part) }),
      ...(upload === null ? {} : { UploadId: upload }),
    };
    const run: Operation['run'] = (cloud, caller) => {
      const reply = route.work(cloud, caller, { wire, bucket, key, query, body: readBody(wire) });
      return { ...reply, headers: { ...reply.headers, ...idsOf(caller.requestId) } };
    };
    return { action: route.action, parameters, run };
  },
  fail: ({ code, message, status, members }, requestId, { method, path }) => {
    const { region, ...others } = members;
    const error = {
      Code: code,
      Message: message,
      ...others,
      ...(region === undefined ? {} : { Region: region }),
      Resource: path,
      RequestId: requestId,
    };
    const place = region === undefined ? {} : { 'x-amz-bucket-region': region };
    const headers = { 'content-type': 'application/xml', ...idsOf(requestId), ...place };
    return { status, headers, body: method === 'HEAD' ? '' : document('Error', error) };
  },
};

function idsOf(requestId: string): Record<string, string> {
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId };
}
