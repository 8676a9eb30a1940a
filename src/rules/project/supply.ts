/** The packages of a graph: the locked result for each set, with a node for every package in it. Never resolves anything. */
import { type ClosurePackage, closurePackages } from '../../alpine/locking/closures.ts';
import type { Lock } from '../../alpine/locking/lock.ts';
import type { TrustRoot } from '../../alpine/package/keys.ts';
import type { Label, Node } from '../../engine/model/graph.ts';
import type { Failure } from '../../util/failure.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { keyInputs } from '../kinds/foreign-key.ts';
import { notServed } from '../kinds/not-locked.ts';
import { packageNode } from '../kinds/package.ts';
import type { ClosureRequest } from '../supply/closure-request.ts';

export interface SupplyOptions {
  readonly lock: Lock;
  /** Why a set cannot be resolved, by its key in the lock. */
  readonly unsolvable?: ReadonlyMap<string, Failure>;
  readonly root: TrustRoot;
  /** The sources of trusted keys for each foreign repository. */
  readonly trusted: ReadonlyMap<string, readonly string[]>;
}

export class Supply {
  /** Requests without an answer in the lock, by the nodes that need it. */
  readonly unanswered = new Map<Label, ClosureRequest>();
  readonly #options: SupplyOptions;
  readonly #add: (node: Node) => void;
  readonly #known = new Map<string, readonly ClosurePackage[] | undefined>();

  constructor(options: SupplyOptions, add: (node: Node) => void) {
    this.#options = options;
    this.#add = add;
  }

  /** The packages of a node, or the failure with which its build fails. */
  answer(label: Label, request: ClosureRequest): Result<readonly ClosurePackage[]> {
    const packages = this.#closure(request);
    if (packages !== undefined) return ok(packages);
    const failure = this.#options.unsolvable?.get(request.key);
    if (failure !== undefined) return fail(failure);
    const { indexes } = this.#options.lock;
    const missing = request.wishes.repositories.find(({ path }) => indexes[path] === undefined);
    if (missing !== undefined) return fail(notServed(label, `the package index ${missing.path}`));
    this.unanswered.set(label, request);
    return fail({
      code: 'AIB_NOT_LOCKED',
      what: `The lock does not have the packages of ${label}`,
      where: label,
      hint: 'run aib build, which resolves the packages of what it builds, or aib update, which resolves those of all images',
    });
  }

  /** Hundreds of variants share a few sets. */
  #closure({ key, wishes }: ClosureRequest): readonly ClosurePackage[] | undefined {
    if (this.#known.has(key)) return this.#known.get(key);
    const { lock, root, trusted } = this.#options;
    const paths = new Set(wishes.repositories.map(({ path }) => path));
    const found = closurePackages(lock, key);
    // An edited lock may name a repository that was not requested.
    const packages = found?.every(({ index }) => paths.has(index)) === true ? found : undefined;
    this.#known.set(key, packages);
    for (const entry of packages ?? []) this.#add(packageNode({ entry, root, keys: keyInputs(entry.index, trusted) }));
    return packages;
  }
}
