/** For tests: the one variant of a configuration of a few lines, on x86_64. */
import { parseHocon } from '../config/hocon/parse.ts';
import { type ImageConfig, imageConfig } from '../config/image/image-config.ts';
import { nameVariants } from '../config/tree/label.ts';
import { resolveMatrix } from '../config/tree/variants.ts';
import type { Result } from '../util/result.ts';

/** `text` stands in `Default`. */
export function testConfig(text: string, firmware = 'uefi'): ImageConfig {
  const dimensions = `Dimensions { version { "3.20" {} }, arch { x86_64 {} }, firmware { ${firmware} {} }, bootstrap { tiny {} }, cloud { aws {} } }`;
  const matrix = unwrap(resolveMatrix(unwrap(parseHocon(`Default { ${text} }\n${dimensions}`, 'test.conf'))));
  const [variant] = nameVariants(matrix);
  if (variant === undefined) throw new Error('the configuration has no variant');
  return unwrap(imageConfig(variant, { release: '3.20.3', endOfLife: '2026-04-01', sample: false }));
}

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.what);
  return result.value;
}
