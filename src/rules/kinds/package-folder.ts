/** Puts fetched packages into one folder for the guest, and determines their install order. Never reads their data. */
import { constants } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readPackageInfo } from '../../alpine/package/verify.ts';
import { installOrder } from '../../alpine/solver/install-order.ts';
import type { ProgramContext } from '../../engine/run/program.ts';
import { ok, type Result } from '../../util/result.ts';

export interface PlacedPackage {
  readonly name: string;
  /** The file name in the folder. */
  readonly file: string;
}

/** All inputs that are package files, in install order. */
export async function placePackages(
  context: Pick<ProgramContext, 'inputs' | 'inputFile' | 'signal'>,
  folder: string,
): Promise<Result<readonly PlacedPackage[]>> {
  await mkdir(folder, { recursive: true });
  const packages = await orderedPackages(context);
  if (!packages.ok) return packages;
  for (const { path, file } of packages.value) {
    context.signal.throwIfAborted();
    await copyFile(path, join(folder, file), constants.COPYFILE_FICLONE);
  }
  return packages;
}

/** The same, without copying. */
export async function orderedPackages({
  inputs,
  inputFile,
  signal,
}: Pick<ProgramContext, 'inputs' | 'inputFile' | 'signal'>): Promise<
  Result<readonly (PlacedPackage & { readonly path: string })[]>
> {
  const packages = [];
  for (const input of inputs.keys()) {
    if (!input.endsWith('.apk')) continue;
    signal.throwIfAborted();
    const path = inputFile(input);
    const info = await readPackageInfo(path);
    if (!info.ok) return info;
    packages.push({ ...info.value, path, file: basename(input) });
  }
  return ok(installOrder(packages));
}

export function lines(list: readonly string[]): string {
  return list.map(line => `${line}\n`).join('');
}
