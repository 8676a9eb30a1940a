/** Puts packages that were fetched into one folder for the guest, in an order in which they can be installed. Never looks at what they contain. */
import { constants } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readPackageInfo } from '../../alpine/package/verify.ts';
import { installOrder } from '../../alpine/solver/install-order.ts';
import type { ProgramContext } from '../../engine/run/program.ts';
import { ok, type Result } from '../../util/result.ts';

export interface PlacedPackage {
  readonly name: string;
  /** In the folder. */
  readonly file: string;
}

/** All inputs that are package files; in install order. */
export async function placePackages(
  { inputs, inputFile, signal }: Pick<ProgramContext, 'inputs' | 'inputFile' | 'signal'>,
  folder: string,
): Promise<Result<readonly PlacedPackage[]>> {
  await mkdir(folder, { recursive: true });
  const packages = [];
  for (const path of inputs.keys()) {
    if (!path.endsWith('.apk')) continue;
    signal.throwIfAborted();
    const source = inputFile(path);
    const info = await readPackageInfo(source);
    if (!info.ok) return info;
    const file = basename(path);
    await copyFile(source, join(folder, file), constants.COPYFILE_FICLONE);
    packages.push({ ...info.value, file });
  }
  return ok(installOrder(packages));
}

export function lines(list: readonly string[]): string {
  return list.map(line => `${line}\n`).join('');
}
