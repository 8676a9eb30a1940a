/** Explains why a world cannot be installed, with the chains of packages that require or exclude something. Never decides anything. */
import type { Failure } from '../../util/failure.ts';
import { nearest } from '../../util/suggest.ts';
import { type Candidate, isSatisfiedBy, type Need, type Reason } from './candidates.ts';
import { preferred } from './preference.ts';
import { type Dead, isTagAllowed } from './solver.ts';
import type { Universe } from './universe.ts';

const MAX_LISTED = 6;

export function explainDeadEnd(dead: Dead, universe: Universe): Failure {
  switch (dead.kind) {
    case 'unsatisfied':
      return explainNeed(dead.need, universe, chainTo(dead.need.from));
    case 'clash':
      return explainReason(dead.candidate, dead.reason, universe, chainTo(dead.candidate));
  }
}

/** The names of packages from the world to the candidate: `world → openssh → openssl`. */
export function chainTo(candidate: Candidate | undefined): readonly string[] {
  const chain: string[] = [];
  const seen = new Set<Candidate>();
  for (let at = candidate; at !== undefined && !seen.has(at); at = parentOf(at)) {
    seen.add(at);
    chain.unshift(at.entry.name);
  }
  return ['world', ...chain];
}

function parentOf({ cause }: Candidate): Candidate | undefined {
  return cause?.kind === 'install_if' ? cause.of[0] : cause?.need.from;
}

function explainNeed(need: Need, universe: Universe, chain: readonly string[]): Failure {
  const { name, text } = need;
  const wanted = { where: chain.join(' → '), got: text };
  if (name.providers.length === 0) {
    const near = nearest(name.text, universe.allNames());
    return {
      code: 'AIB_NO_PACKAGE',
      what: `No repository has or provides ${name.text}`,
      ...wanted,
      hint:
        near.length > 0 ? `did you mean ${near.join(', ')}?` : 'check the name, and that its repository is configured',
    };
  }
  const fitting = name.providers.filter(provider => isSatisfiedBy(need.dependency, provider));
  const best = preferred(name, fitting);
  if (best === undefined) {
    return {
      code: 'AIB_NO_PACKAGE',
      what: `No package satisfies ${text}`,
      ...wanted,
      hint: `request an available version: ${list(name.providers.map(({ candidate }) => title(candidate)))}`,
    };
  }
  const left = fitting.filter(({ candidate }) => candidate.out === undefined);
  if (left.length === 0) {
    const reason = best.candidate.out;
    if (reason !== undefined)
      return explainReason(best.candidate, reason, universe, [...chain, best.candidate.entry.name], text);
  }
  const allowed = left.filter(({ candidate }) => isTagAllowed(candidate));
  if (allowed.length === 0) {
    const tags = [...new Set(left.map(({ candidate }) => `@${candidate.repository.tag}`))];
    return {
      code: 'AIB_NO_PACKAGE',
      what: `${text} is only in a repository tagged ${tags.join(' or ')}, which is not requested`,
      ...wanted,
      hint: `request it as ${name.text}${tags[0]}`,
    };
  }
  return {
    code: 'AIB_NO_PACKAGE',
    what: `${text} is provided by several packages, and none has a priority`,
    ...wanted,
    hint: `add one of them to the packages: ${list(allowed.map(({ candidate }) => candidate.entry.name))}`,
  };
}

function explainReason(
  candidate: Candidate,
  reason: Reason,
  universe: Universe,
  chain: readonly string[],
  wantedAs?: string,
): Failure {
  const mine = `${title(candidate)} is required: ${chain.join(' → ')}${wantedAs === undefined ? '' : ` (${wantedAs})`}`;
  const conflict = (what: string, against: string): Failure => ({
    code: 'AIB_PACKAGE_CONFLICT',
    what,
    where: chain.join(' → '),
    output: [mine, against],
    hint: 'remove one of the two from the packages, or request versions that are compatible',
  });
  switch (reason.kind) {
    case 'unsatisfied': {
      const { need } = reason;
      return explainNeed(need, universe, chain);
    }
    case 'unreadable':
      return {
        code: 'AIB_BAD_DEPENDENCY',
        what: `${title(candidate)} has an invalid dependency`,
        where: chain.join(' → '),
        got: JSON.stringify(reason.text),
        hint: 'use another version of the package, or another mirror with --mirror',
      };
    case 'other version wanted': {
      const owner = chainTo(reason.need.from).join(' → ');
      return conflict(
        `${title(candidate)} conflicts with ${reason.need.text}`,
        `${reason.need.text} is required: ${owner}`,
      );
    }
    case 'forbidden': {
      const owner = chainTo(reason.by.from).join(' → ');
      return conflict(
        `${title(candidate)} is excluded by ${reason.by.text}`,
        `${reason.by.text} is declared by: ${owner}`,
      );
    }
    case 'refuses': {
      const owner = chainTo(reason.other).join(' → ');
      return conflict(
        `${title(candidate)} excludes ${title(reason.other)} with ${reason.prohibition.text}`,
        `${title(reason.other)} is required: ${owner}`,
      );
    }
    case 'name taken': {
      const owner = chainTo(reason.other).join(' → ');
      return conflict(
        `${title(candidate)} and ${title(reason.other)} both provide ${reason.name.text}, which only one package may`,
        `${title(reason.other)} is required: ${owner}`,
      );
    }
  }
}

function title({ entry }: Candidate): string {
  return `${entry.name}-${entry.version}`;
}

function list(items: readonly string[]): string {
  const unique = [...new Set(items)].sort();
  const shown = unique.slice(0, MAX_LISTED).join(', ');
  return unique.length > MAX_LISTED ? `${shown} and ${unique.length - MAX_LISTED} more` : shown;
}
