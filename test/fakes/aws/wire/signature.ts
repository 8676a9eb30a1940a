/**
 * Reads the signer, the service and the region of a request from a signature of version 4. Checks its form and its date; never the
 * signature itself, because the fake has no secrets.
 *
 *     Authorization: AWS4-HMAC-SHA256 Credential=KEY/20261123/eu-west-1/ec2/aws4_request, SignedHeaders=host;x-amz-date, Signature=<64 hex>
 */
import { headerOf, type WireRequest } from './exchange.ts';

export interface Signature {
  readonly accessKey: string;
  readonly region: string;
  readonly service: string;
  readonly at: number;
}

const HEADER =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/([^/,\s]+)\/aws4_request,\s*SignedHeaders=([^,\s]+),\s*Signature=[0-9a-f]{64}$/;

/** Undefined for a request without a valid signature header. */
export function readSignature(request: WireRequest): Signature | undefined {
  const header = HEADER.exec(headerOf(request, 'authorization') ?? '');
  if (header === null) return readPresigned(request);
  const [, accessKey = '', day = '', region = '', service = '', signed = ''] = header;
  const at = timeOf(headerOf(request, 'x-amz-date'));
  if (at === undefined || !sameDay(day, at) || !signed.split(';').includes('host')) return undefined;
  return { accessKey, region, service, at };
}

function readPresigned({ query }: WireRequest): Signature | undefined {
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return undefined;
  const [accessKey, day = '', region, service, end] = (query.get('X-Amz-Credential') ?? '').split('/');
  const at = timeOf(query.get('X-Amz-Date') ?? undefined);
  if (!accessKey || !region || !service || end !== 'aws4_request' || at === undefined) return undefined;
  if (!sameDay(day, at) || !/^[0-9a-f]{64}$/.test(query.get('X-Amz-Signature') ?? '')) return undefined;
  return { accessKey, region, service, at };
}

function timeOf(text: string | undefined): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (parts === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function sameDay(day: string, at: number): boolean {
  return new Date(at).toISOString().slice(0, 10).replaceAll('-', '') === day;
}
