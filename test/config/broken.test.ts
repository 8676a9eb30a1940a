import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultsOf } from '../../src/cli/verbs/config-check.ts';
import { standaloneLayer } from '../../src/config/tree/config-tree.ts';
import { formatFailure } from '../../src/util/failure.ts';

const folder = join(import.meta.dirname, 'broken');
const names = readdirSync(folder)
  .filter(name => name.endsWith('.conf'))
  .map(name => name.replace(/\.conf$/, ''));

/** The output of `aib config --check` for one of them, without the path of this checkout. */
function check(name: string): readonly string[] {
  const { failures } = faultsOf([standaloneLayer(join(folder, `${name}.conf`))]);
  return failures.map(failure => formatFailure(failure).replaceAll(`${folder}/`, ''));
}

describe('a broken configuration', () => {
  it('comes in twenty-five kinds', () => {
    expect(names).toHaveLength(25);
  });

  it.each(names)('%s gives the one error that stands beside it', async name => {
    const faults = check(name);
    expect(faults).toHaveLength(1);
    await expect(`${faults.join('\n')}\n`).toMatchFileSnapshot(`broken/${name}.txt`);
  });

  it('that is mended has none left', () => {
    expect(check('parts/good')).toEqual([]);
  });
});
