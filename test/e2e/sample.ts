/** Makes the sample mirror once for all end-to-end tests, with Alpine's userland if AIB_USERLAND names one. */
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { makeSampleMirror } from '../../src/sample/make-sample-mirror.ts';
import { formatFailure } from '../../src/util/failure.ts';
import { aibHome } from '../../src/util/home.ts';
import { homeCache } from '../../src/util/home-cache.ts';

declare module 'vitest' {
  interface ProvidedContext {
    sample: string;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const userland = process.env.AIB_USERLAND ?? '';
  const folder = join(homeCache(), userland === '' ? 'sample' : 'sample-with-userland');
  const made = await makeSampleMirror(folder, {
    files: join(aibHome(), 'src/sample/files'),
    ...(userland === '' ? {} : { userland }),
    download: join(homeCache(), 'debian'),
    log: line => process.stderr.write(`${line}\n`),
  });
  if (!made.ok) throw new Error(formatFailure(made.error));
  project.provide('sample', folder);
}
