/** Makes the sample mirror once for all end-to-end tests, with Alpine's userland if AIB_USERLAND names one. */
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { makeSampleMirror } from '../../src/sample/make-sample-mirror.ts';
import { formatFailure } from '../../src/util/failure.ts';
import { aibHome } from '../../src/util/files/home.ts';
import { homeCache } from '../../src/util/files/home-cache.ts';

declare module 'vitest' {
  interface ProvidedContext {
    sample: string;
    /** With Alpine's own packages in 3.19, if AIB_PACKAGES names them. */
    realSample: string | undefined;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const userland = process.env.AIB_USERLAND ?? '';
  const packages = process.env.AIB_PACKAGES ?? '';
  const own = userland === '' ? 'sample' : 'sample-with-userland';
  project.provide('sample', await make(own, userland, ''));
  // Beside the other sample, so that most tests are the same with and without Alpine's packages.
  project.provide('realSample', packages === '' ? undefined : await make(`${own}-and-packages`, userland, packages));
}

async function make(name: string, userland: string, packages: string): Promise<string> {
  const folder = join(homeCache(), name);
  const made = await makeSampleMirror(folder, {
    files: join(aibHome(), 'src/sample/files'),
    ...(userland === '' ? {} : { userland }),
    ...(packages === '' ? {} : { packages }),
    download: join(homeCache(), 'debian'),
    log: line => process.stderr.write(`${line}\n`),
  });
  if (!made.ok) throw new Error(formatFailure(made.error));
  return folder;
}
