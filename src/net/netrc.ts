/**
 * Name and password of a host from ~/.netrc, or from the file that NETRC names, as curl and git read it. Never from an address, because
 * addresses appear in logs and locks.
 *
 *     machine HOST login NAME password SECRET      in any number of lines, `#` begins a comment
 *     default login NAME password SECRET           for all other hosts
 */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The value of an Authorization header; undefined if the file has no entry for the host. */
export function authorizationFor(host: string, environment: NodeJS.ProcessEnv): string | undefined {
  const file = environment.NETRC || join(environment.HOME || homedir(), '.netrc');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Most users have none. If it is unreadable, the server will report that it requires a password.
    return undefined;
  }
  const entry = entriesOf(text).find(({ machine }) => machine === undefined || machine === host.toLowerCase());
  if (entry?.login === undefined) return undefined;
  return `Basic ${Buffer.from(`${entry.login}:${entry.password ?? ''}`).toString('base64')}`;
}

interface Entry {
  /** Undefined for `default`. */
  readonly machine: string | undefined;
  login?: string;
  password?: string;
}

function entriesOf(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  const words = text
    // A macro extends to the next empty line, and is ignored.
    .replace(/^macdef[\s\S]*?(?:\n\s*\n|$)/gm, '')
    .replace(/(^|\s)#.*$/gm, '')
    .split(/\s+/)
    .filter(word => word !== '');
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === 'default') entries.push({ machine: undefined });
    else if (word === 'machine') entries.push({ machine: (words[++at] ?? '').toLowerCase() });
    else if (word === 'login' || word === 'password') {
      const entry = entries.at(-1);
      const value = words[++at];
      if (entry !== undefined && value !== undefined) entry[word] = value;
    }
  }
  return entries;
}
