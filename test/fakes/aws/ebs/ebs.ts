/** EBS direct: JSON, or a block with headers that describe it. Contains only routes; the work of a call must be in its own file. */

import type { Caller } from '../caller.ts';
import type { Cloud } from '../cloud.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Operation, Reply, Service, WireRequest } from '../wire/exchange.ts';
import { getBlock, listBlocks, listChangedBlocks } from './reading.ts';
import { completeSnapshot, putBlock, startSnapshot } from './writing.ts';

type Work = (cloud: Cloud, caller: Caller, request: WireRequest, path: readonly string[]) => Reply;

const ROUTES: readonly { method: string; path: RegExp; action: string; work: Work }[] = [
  { method: 'POST', path: /^\/snapshots$/, action: 'StartSnapshot', work: startSnapshot },
  { method: 'POST', path: /^\/snapshots\/completion\/([^/]+)$/, action: 'CompleteSnapshot', work: completeSnapshot },
  { method: 'PUT', path: /^\/snapshots\/([^/]+)\/blocks\/([^/]+)$/, action: 'PutSnapshotBlock', work: putBlock },
  { method: 'GET', path: /^\/snapshots\/([^/]+)\/blocks\/([^/]+)$/, action: 'GetSnapshotBlock', work: getBlock },
  { method: 'GET', path: /^\/snapshots\/([^/]+)\/blocks$/, action: 'ListSnapshotBlocks', work: listBlocks },
  {
    method: 'GET',
    path: /^\/snapshots\/([^/]+)\/changedblocks$/,
    action: 'ListChangedBlocks',
    work: listChangedBlocks,
  },
];

export const ebs: Service = {
  read: request => {
    for (const { method, path, action, work } of ROUTES) {
      const parts = method === request.method ? path.exec(request.path) : null;
      if (parts === null) continue;
      const run: Operation['run'] = (cloud, caller) =>
        withId(work(cloud, caller, request, parts.slice(1)), caller.requestId);
      return { action, parameters: parametersOf(request, parts.slice(1)), run };
    }
    throw new AwsError('UnknownOperationException', `There is no ${request.method} ${request.path}`, { status: 404 });
  },
  fail: ({ code, message, status, members }, requestId) => {
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': code };
    return withId({ status, headers, body: JSON.stringify({ Message: message, ...members }) }, requestId);
  },
};

function parametersOf(
  { method, path, body, query }: WireRequest,
  [id, index]: readonly string[],
): Record<string, unknown> {
  if (method === 'POST' && path === '/snapshots') return jsonOf(body);
  return {
    SnapshotId: id,
    ...(index === undefined ? {} : { BlockIndex: Number(index) }),
    ...Object.fromEntries(query),
  };
}

/** Empty for invalid JSON, which the call then refuses. */
function jsonOf(body: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function withId(reply: Reply, requestId: string): Reply {
  return { ...reply, headers: { ...reply.headers, 'x-amzn-requestid': requestId } };
}
