/** Failures of mirrors: which answers are worth a retry, and the message for each kind of failed transfer. */
import type { TransientTable } from '../../net/retry.ts';
import type { TransferFailure } from '../../net/transfer.ts';
import type { Failure } from '../../util/failure.ts';

/** All requests to a mirror are for files, so repeating them is safe. */
export const MIRROR_TRANSIENT: TransientTable = {
  // 511 is a network that requires its user to log in first.
  isTransient: status => (status >= 500 && status !== 511) || status === 408 || status === 429,
  codes: new Set([
    'ECONNRESET',
    'EPIPE',
    'UND_ERR_SOCKET',
    'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
    'ETIMEDOUT',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
    'EAI_AGAIN',
  ]),
};

export function mirrorFailure({ kind, where, got }: TransferFailure): Failure {
  return { ...WORDS[kind], where, ...(got === undefined ? {} : { got }) };
}

const REPLACED =
  'run aib update if Alpine replaced the file; otherwise the mirror is damaged: use another mirror with --mirror';

const WORDS: Readonly<Record<TransferFailure['kind'], Pick<Failure, 'code' | 'what' | 'hint'>>> = {
  'not found': {
    code: 'AIB_MIRROR_NOT_FOUND',
    what: 'The mirror does not have a required file',
    hint: 'run aib update if Alpine replaced the file with a newer one; otherwise check that --mirror names a complete Alpine mirror',
  },
  'web page': {
    code: 'AIB_MIRROR_WEB_PAGE',
    what: 'The mirror returned a web page instead of the file',
    hint: 'if this network has a login page (a captive portal, a proxy), log in with a browser; otherwise check the address of the mirror',
  },
  'wrong size': {
    code: 'AIB_DIGEST_MISMATCH',
    what: 'A file of the mirror has an unexpected size',
    hint: REPLACED,
  },
  'wrong digest': {
    code: 'AIB_DIGEST_MISMATCH',
    what: 'A file of the mirror has an unexpected checksum',
    hint: REPLACED,
  },
  'too large': {
    code: 'AIB_MIRROR_TOO_LARGE',
    what: 'A file of the mirror exceeds the size limit',
    hint: 'use another mirror with --mirror',
  },
  unreachable: {
    code: 'AIB_MIRROR_UNREACHABLE',
    what: 'The mirror cannot be read',
    hint: 'check the network, or use another mirror or a local folder with --mirror',
  },
  cancelled: { code: 'AIB_CANCELLED', what: 'The download was stopped' },
};
