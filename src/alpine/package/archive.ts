/**
 * Splits an .apk or an APKINDEX.tar.gz into its gzip members. Never checks signatures or digests: verify.ts does.
 *
 *     .apk              signature.gz?  control.gz  data.gz      each a tar; only the last has end-of-archive blocks
 *     APKINDEX.tar.gz   signature.gz?  index.gz
 *
 * The signature member holds files named .SIGN.<algorithm>.<key file name>. A signature covers the *compressed* bytes of the control
 * member (of an .apk) or everything behind the signature member (of an index). The data member extends to the end of the file.
 */
import { type TarEntry, unpackTar } from '../../formats/tar.ts';
import { type GzipMember, readGzipMember } from './gzip-member.ts';

export interface Signature {
  /** As in /etc/apk/keys: alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub */
  readonly keyName: string;
  /** RSA is with SHA-1, RSA256 with SHA-256, RSA512 with SHA-512. */
  readonly algorithm: string;
  readonly bytes: Uint8Array;
}

export interface Archive {
  /** Empty for an unsigned archive. */
  readonly signatures: readonly Signature[];
  /** The content of the control or index member. */
  readonly files: readonly TarEntry[];
  /** The start of that member: directly behind the signature member, 0 if there is none. */
  readonly controlStart: number;
  /** The end of that member: the start of an .apk's data. */
  readonly controlEnd: number;
}

export type ArchiveParts =
  | { readonly kind: 'parts'; readonly archive: Archive }
  /** A file in the format of apk 3; its content is not checked. */
  | { readonly kind: 'v3' }
  | Exclude<GzipMember, { kind: 'member' }>;

const MAX_SIGNATURE = 256 << 10;
/** For the control member of an .apk, which has a few scripts and a page of text. */
export const MAX_CONTROL = 32 << 20;

/**
 * `head` must contain at least the signature and control members; with fewer bytes, the result is `truncated`. `maxControl` limits the
 * inflated size of the control or index member.
 */
export async function openArchive(head: Uint8Array, maxControl: number): Promise<ArchiveParts> {
  if (isV3(head)) return { kind: 'v3' };
  const first = await readTarMember(head, 0, Math.max(MAX_SIGNATURE, maxControl));
  if (first.kind !== 'tar') return first;
  const signatures = signaturesIn(first.files);
  const signed = signatures.length > 0;
  const controlStart = signed ? first.end : 0;
  const control = signed ? await readTarMember(head, controlStart, maxControl) : first;
  if (control.kind !== 'tar') return control;
  return { kind: 'parts', archive: { signatures, files: control.files, controlStart, controlEnd: control.end } };
}

/** `ADB.` plain, `ADBd` deflated, `ADBc` compressed with the algorithm that the next byte names. */
function isV3(head: Uint8Array): boolean {
  return /^ADB[.dc]$/.test(Buffer.from(head.subarray(0, 4)).toString('latin1'));
}

type TarMember =
  | { readonly kind: 'tar'; readonly files: readonly TarEntry[]; readonly end: number }
  | Exclude<GzipMember, { kind: 'member' }>;

async function readTarMember(bytes: Uint8Array, start: number, maxContent: number): Promise<TarMember> {
  const member = readGzipMember(bytes, start, maxContent);
  if (member.kind !== 'member') return member;
  try {
    return { kind: 'tar', files: await unpackTar(member.content), end: member.end };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'damaged', why: `its tar is invalid (${why})` };
  }
}

function signaturesIn(files: readonly TarEntry[]): readonly Signature[] {
  const signatures: Signature[] = [];
  for (const file of files) {
    const parts = /^\.SIGN\.([A-Z0-9]+)\.(.+)$/.exec(file.path);
    if (parts === null) continue;
    const [, algorithm = '', keyName = ''] = parts;
    signatures.push({ algorithm, keyName, bytes: file.content ?? new Uint8Array() });
  }
  return signatures;
}
