/**
 * The benefit of a shared base: `node bench/matrix.ts`. Builds six images of one version, with different clouds, bootstraps and firmware,
 * in one store, and each in an empty store; for comparison, also each image in one fresh machine with all stages, as a builder without a
 * graph does it. Counts the seconds of the build machines, without fetching and writing of images. AIB_USERLAND uses Alpine's own apk,
 * busybox and musl.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aibHome } from '../src/util/files/home.ts';
import { removeTree } from '../src/util/files/remove-tree.ts';
import { launcherNode, median, table, timed } from './harness.ts';

const VERSION = '3.20';
export const IMAGES = [
  '//aws/x86_64/uefi/tiny',
  '//nocloud/x86_64/bios/cloudinit',
  '//gcp/x86_64/uefi/cloudinit',
  '//oci/x86_64/bios/tiny',
  '//azure/x86_64/uefi/tiny',
  '//nocloud/x86_64/uefi/tiny',
];
/** Added after all others have been built. */
const ONE_MORE = '//azure/x86_64/bios/tiny';
/** The number of variants for x86_64 and vm of a version in the configuration that comes with aib. */
const VARIANTS = 22;

/** Seconds of build machines. */
interface Cost {
  readonly base: number;
  readonly disk: number;
  /** Labels of the disks and bases that were built. */
  readonly made: readonly string[];
}

export interface MatrixFigures {
  /** Ratio of all images of a version in one store to all in empty stores, computed from the medians of the built images. */
  readonly scaled: number;
  /** Ratio of the second image of a store to the first. */
  readonly secondToFirst: number;
  /** Ratio of a fresh machine for all stages to the first image of a store, and to the second. */
  readonly freshToFirst: number;
  readonly freshToSecond: number;
  /** The bases and disks that one more image builds. */
  readonly oneMore: readonly string[];
  readonly tables: readonly string[];
}

export async function measureMatrix(images: readonly string[]): Promise<MatrixFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'aib-bench-matrix-'));
  const launcher = join(aibHome(), 'aib');
  const { AIB_USERLAND: userland = '' } = process.env;
  const disks = images.map(image => `${image}@${VERSION}:disk`);
  try {
    const mirror = join(folder, 'mirror');
    timed(launcher, ['mirror', 'sample', mirror, ...(userland === '' ? [] : ['--userland', userland])], {
      cwd: folder,
    });
    const cwd = join(folder, 'work');
    for (const name of ['configs', 'scripts']) cpSync(join(aibHome(), name), join(cwd, name), { recursive: true });
    writeFileSync(join(cwd, 'aib.local.conf'), `mirror = "${mirror}"\n`);
    const build = (label: string, cache: string): Cost =>
      costOf(timed(launcher, ['build', label, '--json', '-j', '1', '--cache', join(folder, cache)], { cwd }).stdout);
    // They take turns, so that other load of the machine affects all of them equally.
    const shared: Cost[] = [];
    const apart: Cost[] = [];
    const fresh: number[] = [];
    for (const disk of disks) {
      shared.push(build(disk, 'shared'));
      apart.push(build(disk, 'apart'));
      fresh.push(inFreshMachine({ launcher, cwd, folder }, disk));
      await removeTree(join(folder, 'apart'));
    }
    const oneMore = build(`${ONE_MORE}@${VERSION}:disk`, 'shared').made;
    // Medians, so that one disturbed build among several moves nothing.
    const freshSeconds = median(fresh);
    // Every image of an empty store is a first one, every image after the first of the shared store a second.
    const first = median(apart.map(({ base, disk }) => base + disk));
    const second = median(shared.slice(1).map(({ disk }) => disk));
    const base = median([...shared.slice(0, 1), ...apart].map(cost => cost.base));
    const rows = disks.map((disk, index) => {
      const seconds = [shared[index], apart[index]].flatMap(cost => [cost?.base ?? 0, cost?.disk ?? 0]);
      return [disk.replace(/@.*/, ''), ...[...seconds, fresh[index] ?? 0].map(each => each.toFixed(1))];
    });
    return {
      scaled: (base + VARIANTS * second) / (VARIANTS * first),
      secondToFirst: second / first,
      freshToFirst: freshSeconds / first,
      freshToSecond: freshSeconds / second,
      oneMore,
      tables: [table([['seconds of machines', 'base', 'disk', 'apart: base', 'disk', 'fresh machine'], ...rows])],
    };
  } finally {
    await removeTree(folder);
  }
}

function costOf(events: string): Cost {
  const ran = events
    .split('\n')
    .flatMap(line => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []))
    .filter(({ type, kind }) => type === 'ran' && (kind === 'base' || kind === 'disk'));
  const seconds = (of: string): number =>
    ran.reduce((sum, { kind, duration }) => sum + (kind === of ? Number(duration) / 1_000 : 0), 0);
  return { base: seconds('base'), disk: seconds('disk'), made: ran.map(({ label }) => String(label)) };
}

/** The disk's action with the base's packages instead of its tree, and all stages in one machine. */
function inFreshMachine(
  { launcher, cwd, folder }: { readonly launcher: string; readonly cwd: string; readonly folder: string },
  disk: string,
): number {
  const [own, base] = [join(folder, 'fresh'), join(folder, 'fresh-base')];
  const laidOut = (label: string, place: string): string => {
    const words = ['action', label, '--to', place, '--json', '--cache', join(folder, 'apart')];
    return (JSON.parse(timed(launcher, words, { cwd }).stdout) as { readonly command: string }).command;
  };
  const command = laidOut(disk, own).replace(/AIB_STAGES='[^']*'/, "AIB_STAGES='base tree disk'");
  const asked = timed(launcher, ['query', `kind("^base$", deps(${disk}))`], { cwd });
  laidOut(asked.stdout.trim(), base);
  cpSync(join(base, 'base'), join(own, 'base'), { recursive: true });
  mkdirSync(join(own, 'guest/stages'), { recursive: true });
  cpSync(join(base, 'guest/stages/base'), join(own, 'guest/stages/base'));
  rmSync(join(own, 'tree'));
  const env = { ...process.env, PATH: `${join(launcherNode(), '..')}:${process.env.PATH}` };
  const { milliseconds } = timed('sh', ['-ec', command], { env });
  for (const place of [own, base]) rmSync(place, { recursive: true });
  return milliseconds / 1_000;
}

if (import.meta.main) {
  const figures = await measureMatrix(IMAGES);
  const { scaled, secondToFirst, freshToFirst, freshToSecond, oneMore, tables } = figures;
  const lines = [
    ...tables,
    `${VARIANTS} images, of the time apart     ${(100 * scaled).toFixed(0)} %`,
    `a second image, of the first     ${(100 * secondToFirst).toFixed(0)} %`,
    `a fresh machine to the first     ${freshToFirst.toFixed(2)} ×`,
    `a fresh machine to a second      ${freshToSecond.toFixed(2)} ×`,
    `one image more makes             ${oneMore.join(', ')}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
