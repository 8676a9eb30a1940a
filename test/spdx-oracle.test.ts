/** The SPDX project's own tools check aib's SPDX document. They are installed from PyPI for the duration of the test. */
import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aibHome } from '../src/util/files/home.ts';
import { testFolder } from '../src/util/files/test-folder.ts';

const TOOLS = 'spdx-tools==0.8.3';
/** The output of the writer; a test beside it keeps it up to date. */
const DOCUMENT = join(aibHome(), 'src/rules/kinds/sbom.spdx.txt');
const JUDGE = `
import sys
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
document = parse_file(sys.argv[1])
for message in validate_full_spdx_document(document):
    print(message.validation_message)
print(len(document.packages), 'packages')
`;

test('the SPDX document has no fault', { tags: ['full'], timeout: 300_000 }, context => {
  const folder = testFolder('spdx');
  const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', folder, TOOLS];
  const installed = spawnSync('python3', words, { encoding: 'utf8' });
  if (installed.status !== 0) return context.skip(`${TOOLS} cannot be had from PyPI here`);
  const judge = (document: string) =>
    spawnSync('python3', ['-S', '-c', JUDGE, document], {
      encoding: 'utf8',
      env: { ...process.env, PYTHONPATH: folder },
    });
  // They determine the format from the name.
  const document = join(folder, 'sbom.spdx.json');
  copyFileSync(DOCUMENT, document);
  expect(judge(document)).toMatchObject({ status: 0, stdout: '4 packages\n' });
  // A check that the oracle detects faults.
  expect(judge(join(aibHome(), 'package.json')).status).not.toBe(0);
});
