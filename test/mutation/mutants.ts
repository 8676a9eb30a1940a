/** Makes one small mistake at a time in a source. It relies on Biome's formatting, and must not change comments or texts. */

export interface Mutant {
  /** The line of the first different character, from 1. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
  /** The whole source with the change in it. */
  readonly text: string;
}

/** Each is one sort of mistake; the patterns rely on the spaces that the formatter writes. */
const CHANGES: readonly (readonly [RegExp, string])[] = [
  [/ === /g, ' !== '],
  [/ !== /g, ' === '],
  [/ < /g, ' <= '],
  [/ <= /g, ' < '],
  [/ > /g, ' >= '],
  [/ >= /g, ' > '],
  [/ && /g, ' || '],
  [/ \|\| /g, ' && '],
  [/ \?\? /g, ' && '],
  [/ \+ /g, ' - '],
  [/ - /g, ' + '],
  [/ \+= /g, ' -= '],
  [/ -= /g, ' += '],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
  [/\.some\(/g, '.every('],
  [/\.every\(/g, '.some('],
  [/\bif \(!/g, 'if ('],
  [/\bif \((?!!)/g, 'if (true || '],
  [/\bif \((?!!)/g, 'if (false && '],
  // Statements with an effect and without a value: not fields, without which nothing could be read, and not ends of longer expressions.
  // Such a statement may be the whole body of a loop, so a semicolon stays.
  [/^ +(?:this\.#)?\w[\w.]*\([^;{}]*\);$/gm, ';'],
  [/^ +(?:this\.#)?\w[\w.]* = [^;{}]*;$/gm, ';'],
  [/^ +(?:return|continue|break);$/gm, ''],
];

const TEXTS_AND_COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;
/** Lines with types only, which do not exist at run time. */
const TYPES = /^(?:export )?(?:interface|type) [\s\S]*?^(?:\}|.*;)$|^import .*|^ *readonly .*/gm;

export function mutantsOf(source: string): readonly Mutant[] {
  // As long as before, so that offsets stay valid.
  const blank = (text: string): string => text.replaceAll(/[^\n]/g, '\0');
  const code = source.replace(TEXTS_AND_COMMENTS, blank).replace(TYPES, blank);
  return CHANGES.flatMap(([pattern, to]) =>
    [...code.matchAll(pattern)].map(({ 0: found, index }) => {
      const from = source.slice(index, index + found.length);
      return {
        line: source.slice(0, index).split('\n').length,
        from: from.trim(),
        to: to === ';' ? '' : to.trim(),
        text: source.slice(0, index) + to + source.slice(index + found.length),
      };
    }),
  ).sort((a, b) => a.line - b.line);
}
