/** Makes a source wrong in one small place at a time. Knows the language only as far as it must: code in the form that Biome gives it, no comments, no texts. */

export interface Mutant {
  /** Of the first character that differs, counted from 1. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
  /** The whole source with the change in it. */
  readonly text: string;
}

/** Each stands for one sort of mistake; what it finds is always followed or preceded by spaces where the formatter puts them. */
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
  // Statements that do something and give nothing: no fields, without which nothing could be read, and no ends of longer expressions.
  // One may be all that a loop does, so a semicolon stays.
  [/^ +(?:this\.#)?\w[\w.]*\([^;{}]*\);$/gm, ';'],
  [/^ +(?:this\.#)?\w[\w.]* = [^;{}]*;$/gm, ';'],
  [/^ +(?:return|continue|break);$/gm, ''],
];

const TEXTS_AND_COMMENTS = /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;
/** Lines that hold types alone, which are gone when the code runs. */
const TYPES = /^(?:export )?(?:interface|type) [\s\S]*?^(?:\}|.*;)$|^import .*|^ *readonly .*/gm;

export function mutantsOf(source: string): readonly Mutant[] {
  // As long as before, so that places stay places.
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
