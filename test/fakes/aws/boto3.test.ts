import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startRig } from './rig.ts';

// The system's Python, for which ./setup installs boto3: another one on PATH may have no boto3, or another version.
const PYTHON = '/usr/bin/python3';
const found = spawnSync(PYTHON, ['-c', 'import boto3']);
const missing = found.status === 0 ? undefined : `no boto3 for ${PYTHON}: ./setup --tests brings it`;

test('a client of another make finds what it looks for at the fake', async context => {
  if (missing !== undefined) return context.skip(missing);
  const { aws } = await startRig();
  // Without the user's configuration, and without a proxy.
  const env = { PATH: process.env.PATH, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };
  const { stdout } = await promisify(execFile)(PYTHON, [join(import.meta.dirname, 'boto3-scenario.py'), aws.url], {
    env,
  });
  expect(stdout.trim().split('\n')).toEqual([
    'the account is known',
    'written by EBS direct and read back',
    'registered',
    'tagged',
    'copied',
    'shared, deprecated and deregistered',
    'uploaded in parts',
    'imported',
    'bucket removed',
  ]);
});
