/**
 * Index records of unused packages without files, so that an index is as long as Alpine's. Each record depends only on its number, and
 * never provides or needs the name of a real package.
 */
import { createHash } from 'node:crypto';

/** The number of records in a full index; Alpine's main and community together have 23,000. */
export const FULL_INDEX = 20_000;

export function fillerRecords(arch: string, count: number, time: number): string {
  return Array.from({ length: count }, (_, index) => fillerRecord(arch, index, time)).join('');
}

function fillerRecord(arch: string, index: number, time: number): string {
  const name = `aib-filler-${String(index).padStart(5, '0')}`;
  const sum = createHash('sha1').update(name).digest();
  const version = `${(sum[0] ?? 0) % 9}.${(sum[1] ?? 0) % 30}.${(sum[2] ?? 0) % 12}-r${(sum[3] ?? 0) % 4}`;
  // Each has a library and a program, and one in four needs its predecessor: about the content of an Alpine record.
  const before = `aib-filler-${String(index - 1).padStart(5, '0')}`;
  const needs = index > 0 && index % 4 === 0 ? `so:lib${before}.so.1 ` : '';
  return [
    `C:Q1${sum.toString('base64')}`,
    `P:${name}`,
    `V:${version}`,
    `A:${arch}`,
    `S:${1_000 + sum.readUInt16BE(4)}`,
    `I:${4_096 + sum.readUInt16BE(6)}`,
    `T:Only this record of aib's sample mirror, number ${index}`,
    'U:https://alpinelinux.org/',
    'L:MIT',
    `o:${name}`,
    `t:${time}`,
    `c:${sum.toString('hex')}`,
    `D:${needs}so:libc.musl-${arch}.so.1`,
    `p:so:lib${name}.so.1=1.${index % 10}.0 cmd:${name}=${version}`,
    '\n',
  ].join('\n');
}
