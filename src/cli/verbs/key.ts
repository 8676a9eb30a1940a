/** `aib key new FILE` and `aib key show FILE…`: keys for signing records. Uses no service, and requires no project. */
import { makeKeyFiles, type PublicKey, readPublicKey } from '../../attest/signing/signing-key.ts';
import { EXIT, showFailure } from '../session/messages.ts';
import { printLines } from '../session/print-lines.ts';
import type { Options } from '../words/options.ts';

export async function keyCommand(action: string, files: readonly string[], { json }: Options): Promise<number> {
  const [file] = files;
  const isNew = action === 'new' && files.length === 1;
  if (file === undefined || !(isNew || action === 'show')) {
    const hint = 'aib key new ci.key, or aib key show ci.key.pub';
    return showFailure({
      code: 'AIB_USAGE',
      what: 'aib key requires new and one file, or show and at least one file',
      hint,
    });
  }
  if (isNew) {
    const made = makeKeyFiles(file);
    if (!made.ok) return showFailure(made.error);
    await printLines(linesOf(`${file}.pub`, made.value, json));
    return EXIT.done;
  }
  for (const path of files) {
    const key = readPublicKey(path);
    if (!key.ok) return showFailure(key.error);
    await printLines(linesOf(path, key.value, json));
  }
  return EXIT.done;
}

function linesOf(path: string, { id, pem }: PublicKey, json = false): readonly string[] {
  if (json) return [JSON.stringify({ path, type: 'ed25519', id, pem })];
  return [path, 'type  ed25519', `id    ${id}`, ...pem.trimEnd().split('\n')];
}
