/**
 * Special log lines for CI systems: annotations at a line of a file, and blocks that can be folded. They must not contain facts that are
 * missing in a log without them.
 *
 *     GitHub  ::error file=configs/images.conf,line=3,col=5,title=AIB_CONFIG_VALUE::image_format must be …
 *             ::group::TITLE … ::endgroup::
 *     GitLab  ESC[0K section_start:SECONDS:NAME[collapsed=true] CR ESC[0K TITLE … ESC[0K section_end:SECONDS:NAME CR ESC[0K, without the blanks
 */
import { relative, resolve } from 'node:path';
import type { Failure } from './failure.ts';

export type CiSystem = 'github' | 'gitlab';

type Environment = Readonly<Record<string, string | undefined>>;

export function ciSystem({ GITHUB_ACTIONS, GITLAB_CI }: Environment): CiSystem | undefined {
  if (GITHUB_ACTIONS === 'true') return 'github';
  return GITLAB_CI === 'true' ? 'gitlab' : undefined;
}

/** None if the CI system has no annotations. */
export function annotations(failure: Failure, env: Environment): readonly string[] {
  if (ciSystem(env) !== 'github') return [];
  const { code, what, where, got } = failure;
  const [, file, line, column] = /^(?!--)([^:]+):(\d+):(\d+)$/.exec(where ?? '') ?? [];
  const root = env.GITHUB_WORKSPACE ?? process.cwd();
  const place =
    file === undefined ? [] : [`file=${property(relative(root, resolve(file)))}`, `line=${line}`, `col=${column}`];
  const words = [
    what,
    ...(file === undefined && where !== undefined ? [`at ${where}`] : []),
    ...(got === undefined ? [] : [got]),
  ];
  return [`::error ${[...place, `title=${code}`].join(',')}::${message(words.join('\n'))}`];
}

export interface Block {
  readonly title: string;
  readonly lines: readonly string[];
  /** Name of the section: letters, digits and underscores. */
  readonly name: string;
  readonly isFolded: boolean;
}

/** Only the lines if they cannot be folded. */
export function foldable({ title, lines, name, isFolded }: Block, env: Environment, now: number): readonly string[] {
  switch (ciSystem(env)) {
    case 'github':
      return isFolded ? [`::group::${title}`, ...lines, '::endgroup::'] : lines;
    case 'gitlab': {
      const seconds = Math.floor(now / 1_000);
      const collapsed = isFolded ? '[collapsed=true]' : '';
      return [
        `\u001b[0Ksection_start:${seconds}:${name}${collapsed}\r\u001b[0K${title}`,
        ...lines,
        `\u001b[0Ksection_end:${seconds}:${name}\r\u001b[0K`,
      ];
    }
    case undefined:
      return lines;
  }
}

function message(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return message(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
