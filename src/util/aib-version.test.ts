import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AIB_VERSION } from './aib-version.ts';
import { aibHome } from './files/home.ts';

test('the version is that of package.json', () => {
  expect(JSON.parse(readFileSync(join(aibHome(), 'package.json'), 'utf8'))).toMatchObject({ version: AIB_VERSION });
});
