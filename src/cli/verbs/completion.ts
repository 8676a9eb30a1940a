/** `aib completion SHELL`: the script that completes commands; and what that script asks for. Builds nothing and writes nothing. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsReader } from '../../config/image/setting-reader.ts';
import { findWorkspace } from '../../config/workspace/workspace.ts';
import { layersOf } from '../../config/workspace/workspace-layers.ts';
import { type Configuration, readConfiguration } from '../../rules/project/configuration.ts';
import { FAILURES } from '../../util/failure-table.ts';
import { completions, type Known } from '../manual/completions.ts';
import { SHELL_SCRIPTS } from '../manual/shell-scripts.ts';
import { EXIT, showFailure } from '../session/messages.ts';

/** The kinds of a variant's nodes: their table would load every rule. */
export const VARIANT_OUTPUTS: readonly string[] = [
  ...['packages', 'overlay', 'disk', 'image', 'boot', 'metadata', 'sbom', 'import', 'copy', 'publish', '*'],
];

export function completionCommand(shell: string): number {
  const script = SHELL_SCRIPTS[shell];
  if (script === undefined) {
    return showFailure({
      code: 'AIB_USAGE',
      what: `Unknown shell: ${shell}`,
      hint: `use one of ${Object.keys(SHELL_SCRIPTS).join(', ')}`,
    });
  }
  process.stdout.write(script);
  return EXIT.done;
}

/** Prints one candidate a line. Never fails: nobody reads an error while a line is typed. */
export function completeWords(words: readonly string[]): void {
  const found = completions(words, knownHere());
  process.stdout.write(found === undefined ? ':files\n' : found.map(each => `${each}\n`).join(''));
}

function knownHere(): Known {
  const workspace = findWorkspace(process.cwd(), { cache: process.env.AIB_CACHE });
  let read: Configuration | undefined;
  const configuration = (): Configuration | undefined => {
    if (!workspace.ok || read !== undefined) return read;
    const layers = layersOf(workspace.value);
    const found = layers.ok ? readConfiguration(layers.value) : layers;
    if (found.ok) read = found.value;
    return read;
  };
  const variants = () => configuration()?.variants ?? [];
  return {
    variants: () => variants().map(({ name }) => name),
    outputs: VARIANT_OUTPUTS,
    dimensionKeys: () => configuration()?.dimensions.flatMap(({ keys }) => keys) ?? [],
    regions: () => {
      const regions = variants().map(({ variant }) => new SettingsReader(variant.settings).switches('regions'));
      return [...new Set(regions.flatMap(each => [...each.keys()]))].filter(name => name !== 'ALL').sort();
    },
    runs: () => (workspace.ok ? runsIn(join(workspace.value.cache, 'runs')) : []),
    codes: () => Object.keys(FAILURES),
  };
}

function runsIn(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter(name => /^\d+$/.test(name));
    return names.sort((one, other) => Number(other) - Number(one));
  } catch {
    return [];
  }
}
