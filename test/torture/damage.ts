/** Ways to damage a file, as disks, copies and users do it. Each returns a word for what it did, for the final count. */
import { chmodSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';

type Damage = (path: string, random: () => number) => void;

export const DAMAGES = {
  /** Changes some bytes in random places; more in large files. */
  flipped: (path, random) => {
    const bytes = readFileSync(path);
    for (let count = 1 + bytes.byteLength / 4_096; count > 0; count -= 1) {
      const at = Math.floor(random() * bytes.byteLength);
      bytes[at] = (bytes[at] ?? 0) ^ (1 + Math.floor(random() * 255));
    }
    rewrite(path, bytes);
  },
  truncated: (path, random) => {
    chmodSync(path, 0o644);
    truncateSync(path, Math.floor(random() * readFileSync(path).byteLength));
  },
  emptied: path => rewrite(path, Buffer.alloc(0)),
  deleted: path => rmSync(path),
  'replaced by garbage': (path, random) =>
    rewrite(
      path,
      readFileSync(path).map(() => Math.floor(random() * 256)),
    ),
} as const satisfies Record<string, Damage>;

export type DamageName = keyof typeof DAMAGES;

function rewrite(path: string, bytes: Uint8Array): void {
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}
