/** A process that builds from a mirror, for tests that kill it: `node fetcher.ts ADDRESS TASK FOLDER`; the task is a file, serialised by V8. */
import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import type { Lock } from '../../src/alpine/locking/lock.ts';
import { openMirror } from '../../src/alpine/mirror/open-mirror.ts';
import type { TrustRoot } from '../../src/alpine/package/keys.ts';
import { testConfigs } from '../../src/rules/test-config.ts';
import { formatFailure } from '../../src/util/failure.ts';
import { buildFromMirror } from './build-from-mirror.ts';

export interface Task {
  readonly lock: Lock;
  /** The keys of a test are made anew in each process. */
  readonly root: TrustRoot;
  /** A configuration whose packages are built; undefined for the usual one. */
  readonly configuration?: string;
}

const [address = '', task = '', folder = ''] = process.argv.slice(2);
const mirror = openMirror(address, { environment: {} });
if (!mirror.ok) throw new Error(formatFailure(mirror.error));
const { lock, root, configuration } = deserialize(readFileSync(task)) as Task;
const configs = configuration === undefined ? {} : { configs: testConfigs(configuration) };
const { failures } = await buildFromMirror(mirror.value, lock, folder, { root, ...configs });
for (const failure of failures.values()) process.stderr.write(`${formatFailure(failure)}\n`);
process.exitCode = failures.size;
