/** The bases of a graph: one for all images with the same packages in their base. */
import { createHash } from 'node:crypto';
import type { ClosurePackage } from '../../alpine/locking/closures.ts';
import { isForeign } from '../../alpine/mirror/foreign-address.ts';
import type { ImageConfig } from '../../config/image/image-config.ts';
import type { Edge, Node } from '../../engine/model/graph.ts';
import { compareUtf8 } from '../../util/bytes.ts';
import { baseNode } from '../kinds/base.ts';
import type { BuildMachineInputs } from '../kinds/guest-stage.ts';
import { basePackagesNode } from '../kinds/packages.ts';
import { baseLabel, basePackagesLabel } from '../labels.ts';

/** Settings for the build of a base, from its first image; other images differ only in resources, which change no bytes. */
export interface BaseMaking {
  readonly epoch: number;
  readonly machine: BuildMachineInputs;
}

export class Bases {
  readonly #trusted: ReadonlyMap<string, readonly string[]>;
  readonly #add: (node: Node) => void;
  /** The content of each base, by the name in its labels. */
  readonly #known = new Map<string, string>();

  /** `trusted`: the sources of trusted keys for each foreign repository. */
  constructor(trusted: ReadonlyMap<string, readonly string[]>, add: (node: Node) => void) {
    this.#trusted = trusted;
    this.#add = add;
  }

  /** The tree and the list of its packages; `packages` are sorted. */
  of(
    config: ImageConfig,
    packages: readonly ClosurePackage[],
    { epoch, machine }: BaseMaking,
  ): { readonly tree: Edge; readonly list: Edge } {
    const content = packages.map(({ index, name, version, checksum }) => `${index} ${name} ${version} ${checksum}`);
    const place = `${config.version}/${config.arch}`;
    // Named after the names of packages alone, so that the label stays after an update; with versions only if two bases differ in them.
    const byName = `${place}/${digestOf(packages.map(({ index, name }) => `${index} ${name}`))}`;
    const whole = content.join('\n');
    const known = this.#known.get(byName);
    const base = known === undefined || known === whole ? byName : `${place}/${digestOf(content)}`;
    if (this.#known.get(base) !== whole) {
      this.#known.set(base, whole);
      const folder = basePackagesLabel(base);
      const foreign = new Set(packages.map(({ index }) => index).filter(isForeign));
      const keys = new Set([...foreign].flatMap(path => this.#trusted.get(path) ?? []));
      this.#add(basePackagesNode({ label: folder, closure: packages, repositoryKeys: [...keys].sort(compareUtf8) }));
      this.#add(
        baseNode({
          ...machine,
          label: baseLabel(base),
          arch: config.arch,
          epoch,
          packages: { label: folder, output: 'packages' },
          machine: config.machine,
        }),
      );
    }
    return {
      tree: { label: baseLabel(base), output: 'tree' },
      list: { label: basePackagesLabel(base), output: 'list' },
    };
  }
}

function digestOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}
