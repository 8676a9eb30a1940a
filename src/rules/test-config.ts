/** For tests: the variants of a configuration of a few lines. */
import { parseHocon } from '../config/hocon/parse.ts';
import { type ImageConfig, imageConfig } from '../config/image/image-config.ts';
import { nameVariants } from '../config/tree/label.ts';
import { resolveMatrix } from '../config/tree/variants.ts';
import type { Result } from '../util/result.ts';

/** The only variant, on x86_64. `text` is the content of `Default`. */
export function testConfig(text: string, firmware = 'uefi'): ImageConfig {
  const dimensions = `Dimensions { version { "3.20" {} }, arch { x86_64 {} }, firmware { ${firmware} {} }, bootstrap { tiny {} }, cloud { aws {} } }`;
  const [config] = testConfigs(`Default { ${text} }\n${dimensions}`);
  if (config === undefined) throw new Error('the configuration has no variant');
  return config;
}

/** All variants, each with 3.20.3. */
export function testConfigs(document: string): readonly ImageConfig[] {
  const matrix = unwrap(resolveMatrix(unwrap(parseHocon(document, 'test.conf'))));
  return nameVariants(matrix).map(variant => {
    return unwrap(imageConfig(variant, { release: '3.20.3', endOfLife: '2026-04-01', sample: false }));
  });
}

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.what);
  return result.value;
}
