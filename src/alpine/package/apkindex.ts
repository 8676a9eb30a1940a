/**
 * Parses the text of an APKINDEX (and of a database of installed packages, which has the same records). Never verifies it: verify.ts does.
 *
 * Records are separated by blank lines; a line is one letter, a colon and the value. Lines may be longer than 64 KiB.
 *
 *     C  Q1 + base64 SHA-1 of the control gzip member     o  origin (source package)      D  depends
 *     P  name      V  version      A  architecture        m  maintainer                   p  provides
 *     S  bytes of the .apk         I  bytes installed     t  build time, Unix seconds     i  install_if
 *     T  description     U  URL     L  license            c  commit                       r  replaces     k  provider priority
 */
import { fail, ok, type Result } from '../../util/result.ts';
import { splitDependencies } from './dependency.ts';

export interface IndexPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  /** Bytes of the .apk file. */
  readonly size: number;
  /** Bytes on disk, as the packager counted them. */
  readonly installedSize: number;
  readonly description: string;
  readonly url: string;
  readonly license: string;
  /** The source package; the name of the package if the index has none. */
  readonly origin: string;
  readonly maintainer: string;
  readonly commit: string;
  /** Unix seconds; 0 if the index has none. */
  readonly buildTime: number;
  /** `Q1` and the base64 SHA-1 of the compressed control member. */
  readonly checksum: string;
  /** Dependencies as text: see dependency.ts. */
  readonly depends: readonly string[];
  readonly provides: readonly string[];
  readonly installIf: readonly string[];
  readonly replaces: readonly string[];
  /** 0 where none is declared. */
  readonly providerPriority: number;
}

/** `where` names the index in messages: a URL or path. */
export function parseApkIndex(text: string, where = 'APKINDEX'): Result<readonly IndexPackage[]> {
  const packages: IndexPackage[] = [];
  const names = new Set<string>();
  let fields = new Map<string, string>();
  let firstLine = 1;
  const lines = text.split('\n');
  // An additional blank line, so that the last record ends like all others.
  lines.push('');
  for (const [at, line] of lines.entries()) {
    if (line === '') {
      if (fields.size > 0) {
        const record = toPackage(fields);
        if (!record.ok) return bad(record.error, `${where}:${firstLine}`);
        const { name, version } = record.value;
        // Both would have the same file name, and the file can match only one of them.
        if (names.has(`${name}-${version}`))
          return bad({ what: 'a package is listed twice', got: `${name}-${version}` }, `${where}:${firstLine}`);
        names.add(`${name}-${version}`);
        packages.push(record.value);
        fields = new Map();
      }
      firstLine = at + 2;
    } else if (line[1] === ':') {
      fields.set(line.charAt(0), line.slice(2));
    } else {
      return bad({ what: 'a line is not a letter, a colon and a value', got: excerpt(line) }, `${where}:${at + 1}`);
    }
  }
  return ok(packages);
}

interface Problem {
  readonly what: string;
  readonly got: string;
}

// A name or version becomes part of a file name and of a URL: no slash, no leading dot or dash.
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.+~-]*$/;
const CHECKSUM = /^Q1[A-Za-z0-9+/]{27}=$/;

function toPackage(fields: ReadonlyMap<string, string>): Result<IndexPackage, Problem> {
  const text = (letter: string): string => fields.get(letter) ?? '';
  const words = (letter: string): readonly string[] => {
    const value = fields.get(letter);
    return value === undefined ? [] : splitDependencies(value);
  };
  const name = text('P');
  const version = text('V');
  if (!PLAIN.test(name)) return fail({ what: 'a package has no valid name (P:)', got: excerpt(name) });
  if (!PLAIN.test(version)) return fail({ what: `package ${name} has no valid version (V:)`, got: excerpt(version) });
  const checksum = text('C');
  if (!CHECKSUM.test(checksum)) {
    return fail({ what: `package ${name} has no SHA-1 checksum (C:Q1…)`, got: excerpt(checksum) });
  }
  for (const letter of ['S', 'I', 't', 'k']) {
    if (!/^(\d{1,15})?$/.test(text(letter))) {
      return fail({
        what: `field ${letter}: of package ${name} is not a whole number`,
        got: excerpt(text(letter)),
      });
    }
  }
  return ok({
    name,
    version,
    arch: text('A'),
    size: Number(text('S')),
    installedSize: Number(text('I')),
    description: text('T'),
    url: text('U'),
    license: text('L'),
    origin: text('o') || name,
    maintainer: text('m'),
    commit: text('c'),
    buildTime: Number(text('t')),
    checksum,
    depends: words('D'),
    provides: words('p'),
    installIf: words('i'),
    replaces: words('r'),
    providerPriority: Number(text('k')),
  });
}

function bad(problem: Problem, where: string): Result<never> {
  return fail({
    code: 'AIB_BAD_INDEX',
    what: `The package index is invalid: ${problem.what}`,
    where,
    got: problem.got,
    hint: 'fetch it again; if the error persists, the mirror is damaged: use another mirror with --mirror',
  });
}

/** JSON, so that invisible characters show; short, because a line can be longer than a screen. */
function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
