/**
 * Labels and patterns of variants: `//cloud/arch/firmware/bootstrap[/more…][@version][:output]`. Works only on text; the graph defines the
 * nodes of a label.
 *
 * Each further dimension adds a segment, which is left out for its first key. Any segment may be `*`, a trailing `...` matches the rest,
 * `@all` every version. The default version is the latest, the default output `image`.
 */
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { nearest } from '../../util/suggest.ts';
import type { Dimension, Matrix, Variant } from './variants.ts';

/** Dimensions that are in every label, in this order; `version` comes after the `@`. */
const SEGMENTS = ['cloud', 'arch', 'firmware', 'bootstrap'];

export interface NamedVariant {
  readonly variant: Variant;
  /** With its version: `//aws/x86_64/uefi/tiny@3.20`. */
  readonly name: string;
  readonly version: string;
}

export interface Selected {
  readonly variant: NamedVariant;
  /** `*` means all outputs. */
  readonly output: string;
}

export function nameVariants(matrix: Matrix): readonly NamedVariant[] {
  const more = matrix.dimensions.filter(
    dimension => dimension.name !== 'version' && !SEGMENTS.includes(dimension.name),
  );
  return matrix.variants.map(variant => {
    const version = variant.keys.get('version') ?? '';
    const segments = [...SEGMENTS.map(name => variant.keys.get(name) ?? ''), ...extraSegments(variant, more)];
    return { variant, version, name: `//${segments.join('/')}@${version}` };
  });
}

/** Every variant that one of the patterns matches, in the order of the patterns, each variant and output once. */
export function selectVariants(
  patterns: readonly string[],
  variants: readonly NamedVariant[],
  latest: string,
): Result<readonly Selected[]> {
  const selected = new Map<string, Selected>();
  for (const pattern of patterns) {
    const parsed = parsePattern(pattern);
    if (!parsed.ok) return parsed;
    const { segments, version, output } = parsed.value;
    const matching = variants.filter(
      variant =>
        matchesVersion(version ?? latest, variant.version) && matchesSegments(segments, segmentsOf(variant.name)),
    );
    if (matching.length === 0) return fail(noMatch(pattern, parsed.value, variants, latest));
    for (const variant of matching) selected.set(`${variant.name}:${output}`, { variant, output });
  }
  return ok([...selected.values()]);
}

/** Whether the word can match several variants. */
export function isPattern(word: string): boolean {
  const parsed = parsePattern(word);
  if (!parsed.ok) return false;
  const { segments, version } = parsed.value;
  return segments.some(segment => segment === '*' || segment === '...') || version === 'all' || version === '*';
}

interface Pattern {
  readonly segments: readonly string[];
  readonly version: string | undefined;
  readonly output: string;
}

function parsePattern(text: string): Result<Pattern> {
  const match = /^\/\/([^@:]*)(?:@([^@:/]+))?(?::([^@:]+))?$/.exec(text);
  if (match === null) {
    return fail({
      code: 'AIB_LABEL_SYNTAX',
      what: `Invalid label: ${text}`,
      hint: 'write //cloud/arch/firmware/bootstrap[@version][:output], for example //aws/x86_64/uefi/tiny or //aws/...@all',
    });
  }
  const [, path = '', version, output = 'image'] = match;
  return ok({ segments: path.split('/'), version, output });
}

function matchesVersion(pattern: string, version: string): boolean {
  return pattern === 'all' || pattern === '*' || pattern === version;
}

function matchesSegments(pattern: readonly string[], segments: readonly string[]): boolean {
  for (const [index, wanted] of pattern.entries()) {
    if (wanted === '...' && index === pattern.length - 1) return true;
    const segment = segments[index];
    if (segment === undefined || (wanted !== '*' && wanted !== segment)) return false;
  }
  return pattern.length === segments.length;
}

function segmentsOf(name: string): readonly string[] {
  return name.replace(/^\/\//, '').replace(/@.*$/, '').split('/');
}

/** A further dimension adds a segment only if its key is not the first. */
function extraSegments(variant: Variant, more: readonly Dimension[]): readonly string[] {
  return more.flatMap(dimension => {
    const key = variant.keys.get(dimension.name);
    return key === undefined || key === dimension.keys[0] ? [] : [key];
  });
}

function noMatch(text: string, pattern: Pattern, variants: readonly NamedVariant[], latest: string): Failure {
  const otherVersions = variants.filter(variant => matchesSegments(pattern.segments, segmentsOf(variant.name)));
  const names = variants.map(variant => (variant.version === latest ? variant.name.replace(/@.*$/, '') : variant.name));
  const near =
    otherVersions.length > 0 ? otherVersions.map(variant => variant.name) : nearest(text.replace(/:.*$/, ''), names, 3);
  return {
    code: 'AIB_NO_SUCH_LABEL',
    what: `No variant has the label ${text}`,
    ...(near.length > 0
      ? { hint: `did you mean ${near.slice(0, 4).join(' or ')}?` }
      : variants.length === 0
        ? { got: 'no variants are selected', hint: 'check --only, --skip, EXCLUDE, and the versions in the lock' }
        : { hint: 'run aib ls, which lists all variants' }),
  };
}
