/**
 * Faults that were once put into the code without any test noticing. Each says what would be wrong, which line is changed to what, and whose
 * tests must fail then. `npm run mutate` tries them; a line that is not there any more is an error, so that the list stays true.
 */
export interface Fault {
  readonly what: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly from: string;
  readonly to: string;
  /** Files or folders, as vitest takes them. */
  readonly tests: readonly string[];
}

const GRAPH = 'src/engine/model/graph.ts';
const ENGINE = ['test/engine', 'src/engine'];
const RESOLUTION = 'src/engine/build/resolution.ts';
const DECIDE = 'src/engine/build/decide.ts';
const EXTERNAL = 'src/engine/build/external-executor.ts';
const COURSE = 'src/engine/external/course.ts';
const OUTSIDE = ['test/outside/external.test.ts', 'test/outside/failing.test.ts', 'test/outside/unfinished.test.ts'];

const FOREIGN = ['test/foreign-repository.test.ts', 'src/rules/repository-trust.test.ts', 'src/alpine'];

export const FAULTS: readonly Fault[] = [
  {
    what: 'one equal output is taken for all of them',
    file: GRAPH,
    from: 'names.every(name => isSame(a[name], b[name]))',
    to: 'names.some(name => isSame(a[name], b[name]))',
    tests: ENGINE,
  },
  {
    what: 'outputs that came out the same count as changed',
    file: RESOLUTION,
    from: 'before !== undefined && !sameOutputs(before, outputs)',
    to: 'before !== undefined',
    tests: ENGINE,
  },
  {
    what: 'outputs that came out different count as the same',
    file: RESOLUTION,
    from: 'before !== undefined && !sameOutputs(before, outputs)',
    to: 'false',
    tests: ENGINE,
  },
  {
    what: 'the type of a recorded output is ignored',
    file: 'src/engine/build/recorded-outputs.ts',
    from: 'output.path === path && output.type === type',
    to: 'output.path === path',
    tests: ENGINE,
  },
  {
    what: 'the path of a recorded output is ignored',
    file: 'src/engine/build/recorded-outputs.ts',
    from: 'output.path === path && output.type === type',
    to: 'output.type === type',
    tests: ENGINE,
  },
  {
    what: 'that a recorded output is executable is forgotten',
    file: 'src/engine/build/recorded-outputs.ts',
    from: 'found.executable === true ?',
    to: 'false ?',
    tests: ENGINE,
  },
  {
    what: 'an input of which only the digest is used has its bytes fetched',
    file: DECIDE,
    from: 'return artifact !== undefined && read.has(artifact.digest.hash);',
    to: 'return artifact !== undefined;',
    tests: ENGINE,
  },
  {
    what: 'no input has its bytes looked for',
    file: DECIDE,
    from: 'return artifact !== undefined && read.has(artifact.digest.hash);',
    to: 'return false;',
    tests: ENGINE,
  },
  {
    what: 'a look at inputs that ends after its node was settled anew still queues the action',
    file: RESOLUTION,
    from: 'if (complete && isCurrent()) go(state);',
    to: 'if (complete) go(state);',
    tests: ENGINE,
  },
  {
    what: 'a look at outputs that ends after its node was settled anew still makes it run',
    file: RESOLUTION,
    from: "        if (!isCurrent()) return;\n        if (presence === 'present') continue;",
    to: "        if (presence === 'present') continue;",
    tests: ENGINE,
  },
  {
    what: 'a process that a command left behind goes on after a good end',
    file: 'src/engine/run/run-process.ts',
    from: "    signalGroup(pid, 'SIGKILL');\n    if (cut",
    to: '    if (cut',
    tests: ['src/engine/run', 'test/engine'],
  },
  {
    what: 'blobs that a build has just used are collected',
    file: 'src/store/upkeep/collection-choice.ts',
    from: 'new Set<string>(pinned.blobs)',
    to: 'new Set<string>()',
    tests: ['src/store', 'test/torture/store-collect.test.ts'],
  },
  {
    what: 'records that a build has just used are collected',
    file: 'src/store/upkeep/collection-choice.ts',
    from: 'pinned.records.has(record.key) ||',
    to: '',
    tests: ['src/store', 'test/torture/store-collect.test.ts'],
  },
  {
    what: 'a label still leads to a record that was removed',
    file: 'src/store/records/records.ts',
    from: '        this.#deleteLatest.run(key);\n',
    to: '',
    tests: ['src/store', 'test/torture/store-collect.test.ts'],
  },
  {
    what: 'the geometry of a VHD of 136 MiB is that of a smaller one',
    file: 'src/formats/vhd.ts',
    from: 'if (tracks >= heads * 1024 || heads > 16) {',
    to: 'if (false) {',
    tests: ['src/formats'],
  },
  {
    what: 'the geometry of a VHD of 248 MiB is that of a smaller one',
    file: 'src/formats/vhd.ts',
    from: '  if (tracks >= heads * 1024) {\n    sectors = 63;',
    to: '  if (false) {\n    sectors = 63;',
    tests: ['src/formats'],
  },
  {
    what: 'a version is dropped on the last day of its life by an update',
    file: 'src/alpine/locking/update.ts',
    from: 'branch.endOfLife < options.today',
    to: 'branch.endOfLife <= options.today',
    tests: ['src/alpine/locking'],
  },
  {
    what: 'an image is dropped on the last day of its life',
    file: 'src/rules/project/configuration.ts',
    from: '(variant.variant.endOfLife ?? asOf) < asOf',
    to: "(variant.variant.endOfLife ?? '9') <= asOf",
    tests: ['src/rules', 'test/config'],
  },
  {
    what: 'the end of life is told on the last day already',
    file: 'src/cli/session/build-notices.ts',
    from: 'endOfLife >= today',
    to: 'endOfLife > today',
    tests: ['src/cli', 'test/log.test.ts'],
  },
  {
    what: 'a SHA-512 of any length is taken',
    file: 'src/alpine/locking/lock-iso.ts',
    from: "['sha512', 128]",
    to: "['sha512', 12]",
    tests: ['src/alpine/locking'],
  },
  {
    what: 'the SHA-512 of an ISO is not compared',
    file: 'src/rules/kinds/iso.ts',
    from: 'if (actual !== expected) {',
    to: 'if (false) {',
    tests: ['test/hostile-mirror.test.ts'],
  },
  {
    what: 'a package of the mirror is not compared with the lock',
    file: 'src/rules/kinds/package.ts',
    from: 'return verified.ok ? ok(undefined) : fail({ ...verified.error, where });',
    to: 'return ok(undefined);',
    tests: ['test/hostile-mirror.test.ts'],
  },
  {
    what: "Alpine's keys make a foreign repository trusted at an update",
    file: 'src/alpine/package/keys-of-repository.ts',
    from: 'isForeign(path) ? (foreignKeys?.get(path) ?? new Map()) : keys',
    to: 'isForeign(path) ? new Map([...keys, ...(foreignKeys?.get(path) ?? [])]) : keys',
    tests: FOREIGN,
  },
  {
    what: "foreign keys make Alpine's indexes trusted at an update",
    file: 'src/alpine/package/keys-of-repository.ts',
    from: ': keys;',
    to: ': new Map([...keys, ...[...(foreignKeys ?? [])].flatMap(([, own]) => [...own])]);',
    tests: FOREIGN,
  },
  {
    what: 'a foreign package is checked by the keys of Alpine',
    file: 'src/rules/kinds/foreign-key.ts',
    from: "isForeign(path) ? keysIn('keys', trusted.get(path) ?? []) : { keys: TRUSTED_KEYS }",
    to: '{ keys: TRUSTED_KEYS }',
    tests: FOREIGN,
  },
  {
    what: 'the key of one host counts for the repository of another',
    file: 'src/rules/repository-trust.ts',
    from: '|| !hosts.has(host)',
    to: '|| true',
    tests: FOREIGN,
  },
  {
    what: 'a key of which only some images know counts for all',
    file: 'src/rules/repository-trust.ts',
    from: 'trusted.get(path)?.filter(source => own.includes(source)) ?? own',
    to: '[...(trusted.get(path) ?? []), ...own]',
    tests: FOREIGN,
  },
  {
    what: 'another key takes the place of the locked one',
    file: 'src/alpine/locking/lock-keys.ts',
    from: 'if (found.value.fingerprint === kept.value.fingerprint) return kept;',
    to: 'return found;',
    tests: FOREIGN,
  },
  {
    what: 'a key of Alpine may stand in repo_keys',
    file: 'src/alpine/package/repository-key.ts',
    from: 'if (other === name.value || fingerprintOf(createPublicKey(pem)) === fingerprint)',
    to: 'if (false)',
    tests: FOREIGN,
  },
  {
    what: 'a lock may name a package of a repository that the image does not',
    file: 'src/rules/project/supply.ts',
    from: 'found?.every(({ index }) => paths.has(index)) === true ? found : undefined',
    to: 'found',
    tests: FOREIGN,
  },
  {
    what: 'an older index takes the place of the locked one',
    file: 'src/alpine/locking/lock-indexes.ts',
    from: '?? downgrade(age, request.lockedBefore, path, where)',
    to: '',
    tests: FOREIGN,
  },
  {
    what: 'what lies at a foreign address is asked of the mirror',
    file: 'src/alpine/mirror/foreign-mirror.ts',
    from: 'if (!isForeign(path)) return',
    to: 'if (true) return',
    tests: ['src/alpine/mirror', 'test/foreign-repository.test.ts'],
  },
  {
    what: 'a set of packages is answered by that of another',
    file: 'src/alpine/locking/closures.ts',
    from: 'JSON.stringify([world, noScripts, refs, alone,',
    to: 'JSON.stringify([noScripts, refs, alone,',
    tests: ['src/alpine/locking'],
  },
  {
    what: 'a lock that somebody else changed meanwhile is written over',
    file: 'src/alpine/locking/lock.ts',
    from: 'if (JSON.stringify(now.value, sortedKeys) !== JSON.stringify(before, sortedKeys)) {',
    to: 'if (false) {',
    tests: ['src/alpine/locking'],
  },
  {
    what: 'the checksum of a package is not compared with the index',
    file: 'src/alpine/package/verify.ts',
    from: 'if (checksum !== expected.checksum)',
    to: 'if (false)',
    tests: ['src/alpine/package'],
  },
  {
    what: 'the contents of a package are not compared with its control part',
    file: 'src/alpine/package/verify.ts',
    from: 'if (dataHash !== info.value.dataHash) {',
    to: 'if (false) {',
    tests: ['src/alpine/package'],
  },
  {
    what: 'an image for UEFI is booted without firmware',
    file: 'src/qemu/drive/boot.ts',
    from: "job.firmware === 'bios' ? []",
    to: 'true ? []',
    tests: ['src/qemu'],
  },
  {
    what: 'a boot of UEFI has no firmware among its inputs',
    file: 'src/rules/kinds/boot.ts',
    from: 'if (firmware !== undefined)',
    to: 'if (false)',
    tests: ['src/rules'],
  },
  {
    what: 'the metadata gives the size of the disk as that of the image',
    file: 'src/rules/kinds/metadata.ts',
    from: 'String(imageBytes.digest.size)',
    to: 'String(diskBytes.digest.size)',
    tests: ['src/rules'],
  },
  {
    what: 'an object is asked for although it is remembered',
    file: EXTERNAL,
    from: 'refresh && !this.#brought.has(identity) ? undefined',
    to: 'true ? undefined',
    tests: OUTSIDE,
  },
  {
    what: 'an object is believed to be there although a build is to ask anew',
    file: EXTERNAL,
    from: 'refresh && !this.#brought.has(identity) ? undefined',
    to: 'false ? undefined',
    tests: OUTSIDE,
  },
  {
    what: 'what was found or made of an object is not written down',
    file: EXTERNAL,
    from: 'store.facts.put(identity, { facts, asked: store.now() });',
    to: '',
    tests: OUTSIDE,
  },
  {
    what: 'what somebody removed stays in the memory if it is not made again',
    file: EXTERNAL,
    from: 'store.facts.forget(identity);',
    to: 'undefined;',
    tests: OUTSIDE,
  },
  {
    what: 'two nodes of one object ask for it at the same time',
    file: EXTERNAL,
    from: 'if (claim === undefined) this.#ask(state);',
    to: 'if (claim !== null) this.#ask(state);',
    tests: OUTSIDE,
  },
  {
    what: 'an object is made of an input that came out different meanwhile',
    file: EXTERNAL,
    from: 'AbortSignal.any([supervisor.signal, stop.signal])',
    to: 'supervisor.signal',
    tests: OUTSIDE,
  },
  {
    what: 'the first step of an object is asked for first',
    file: COURSE,
    from: '[...steps.entries()].reverse()',
    to: '[...steps.entries()]',
    tests: OUTSIDE,
  },
  {
    what: 'what another build began is begun again',
    file: COURSE,
    from: "if (value.state === 'pending') return",
    to: 'if (false) return',
    tests: OUTSIDE,
  },
  {
    what: 'a place that refuses stops all others',
    file: 'src/engine/build/supervisor.ts',
    from: "this.#isBroken ||= node.type !== 'external';",
    to: 'this.#isBroken = true;',
    tests: OUTSIDE,
  },
  {
    what: 'a damaged memory of an object is believed',
    file: 'src/store/records/facts.ts',
    from: 'row.crc !== checkOf(row)',
    to: 'false',
    tests: ['src/store/records'],
  },
  {
    what: 'tags are not passed down to what a tagged package needs',
    file: 'src/alpine/solver/solver.ts',
    from: 'need.from?.allowedTags ?? ',
    to: '',
    tests: ['src/alpine/solver'],
  },
  {
    what: 'tags that come later are not passed down',
    file: 'src/alpine/solver/solver.ts',
    from: 'allowTags(provider.candidate, candidate.allowedTags);',
    to: '{}',
    tests: ['src/alpine/solver'],
  },
  {
    what: 'a file of a copy has its name whatever its bytes are',
    file: 'src/alpine/mirror/copy-folder.ts',
    from: 'if (sameDigest(written, digest)) {',
    to: 'if (written.size >= 0) {',
    tests: ['src/alpine/mirror'],
  },
  {
    what: 'the ISO of a copy has its name before its signature was looked at',
    file: 'src/rules/copy/copy-mirror.ts',
    from: '{ signal, expect, accept, onProgress }',
    to: '{ signal, expect, onProgress }',
    tests: ['test/mirror-copy.test.ts'],
  },
  {
    what: 'a damaged file of a copy stays there',
    file: 'src/rules/copy/copy-mirror.ts',
    from: 'if (!(await folder.holds(path, digest, signal))) {',
    to: 'if (folder.size(path) !== digest.size) {',
    tests: ['test/mirror-copy.test.ts'],
  },
];
