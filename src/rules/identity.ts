/**
 * Identifiers inside an image (filesystem, partitions, VHD): UUIDv5 of project and variant. They never depend on a key, the clock or git:
 * otherwise an edited comment would change every block of every disk.
 */
import { createHash } from 'node:crypto';

/** The namespace of all identifiers; a random constant. */
const NAMESPACE = '6b1d3f0e-52b4-4c1e-9c69-3a5f1f0a7d21';

/** RFC 9562 §5.5 over `project`, the name of the variant and the purpose of the identifier. */
export function identity(project: string, variant: string, purpose: string): string {
  const namespace = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex');
  const bytes = createHash('sha1')
    .update(namespace)
    .update([project, variant, purpose].join('\n'))
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** 32 bits, for short identifiers (MBR disk signature, FAT volume), in upper-case hex; never zero. */
export function shortIdentity(project: string, variant: string, purpose: string): string {
  return identity(project, variant, purpose)
    .replaceAll('-', '')
    .slice(0, 8)
    .toUpperCase()
    .replace(/^0{8}$/, '00000001');
}
