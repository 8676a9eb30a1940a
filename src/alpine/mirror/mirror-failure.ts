/** What a client of mirrors says and does about answers: which may go away by themselves, and what each failed transfer means to a user. */
import type { TransientTable } from '../../net/retry.ts';
import type { TransferFailure } from '../../net/transfer.ts';
import type { Failure } from '../../util/failure.ts';

/** Everything that is asked of a mirror is a file, so asking twice does no harm. */
export const MIRROR_TRANSIENT: TransientTable = {
  // 511 is a network that wants its user to log in first.
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

const REPLACED = 'Run aib update if Alpine replaced it; else the mirror is damaged: use another with --mirror';

const WORDS: Readonly<Record<TransferFailure['kind'], Pick<Failure, 'code' | 'what' | 'hint'>>> = {
  'not found': {
    code: 'AIB_MIRROR_NOT_FOUND',
    what: 'The mirror does not have a file',
    hint: 'Run aib update if Alpine replaced it by a newer one; else check that --mirror names a whole Alpine mirror',
  },
  'web page': {
    code: 'AIB_MIRROR_WEB_PAGE',
    what: 'A web page came in place of a file',
    hint: 'If this network has a login page (a captive portal, a proxy), log in with a browser; else check the address of the mirror',
  },
  'wrong size': {
    code: 'AIB_DIGEST_MISMATCH',
    what: 'A file of the mirror is not as large as expected',
    hint: REPLACED,
  },
  'wrong digest': {
    code: 'AIB_DIGEST_MISMATCH',
    what: 'A file of the mirror is not the one that was expected',
    hint: REPLACED,
  },
  'too large': {
    code: 'AIB_MIRROR_TOO_LARGE',
    what: 'A file of the mirror is larger than such a file can be',
    hint: 'Use another mirror with --mirror',
  },
  unreachable: {
    code: 'AIB_MIRROR_UNREACHABLE',
    what: 'The mirror cannot be read',
    hint: 'Check the network, or use another mirror or a local folder with --mirror',
  },
  cancelled: { code: 'AIB_CANCELLED', what: 'The download was stopped' },
};
