/** Runs stages: boots the builder's kernel with our init and waits for the result of the guest program. Uses only its input root. */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { packCpio } from '../../formats/cpio.ts';
import { type IsoEntry, writeIso } from '../../formats/iso9660.ts';
import { packDisk } from '../../formats/packed-disk.ts';
import { writeQcow2 } from '../../formats/qcow2.ts';
import { qcow2Disk } from '../../formats/qcow2-reader.ts';
import { emptyDisk } from '../../formats/raw.ts';
import { type BuildJob, guestEnvironment } from './job.ts';
import { machineArguments, resultPortArguments } from './machine.ts';
import { REPORTED } from './monitor.ts';
import { diskFailed, type Problem, silence, tailOf } from './problem.ts';
import { bringMachine, dropMachine, machineKey, RESTORING, resumeMachine, saveMachine } from './saved-machine.ts';
import { runSession } from './session.ts';
import { limitOf, type Worker } from './worker.ts';

const MIB = 1024 * 1024;
/** Space for the package database; sparse. */
const DATABASE_MIB = 64;
/** The overhead of an archive over its tree: headers, and partly filled blocks. */
const ROOM_MIB = 256;
/** The content of a drive that this machine does not use. */
const NOTHING = 'work/nothing';

/** Seconds until the first message of a restored machine. */
const RESTORE_LIMIT = 60;

export async function runStages(job: BuildJob, worker: Worker): Promise<Problem | undefined> {
  mkdirSync('out', { recursive: true });
  mkdirSync('work', { recursive: true });
  await writeInputs(job);
  writeInitramfs();
  makeSparse(NOTHING, MIB);
  // An emulated kernel on an overloaded machine can give up before our program starts. Nothing was built yet, so a second attempt cannot
  // hide a failure.
  for (const words of ['', '\naib: boot, once more\n']) {
    process.stdout.write(words);
    const end = await beginMachine(job, worker);
    if (end !== 'never began') return end;
  }
  return {
    code: 'AIB_MACHINE_STOPPED',
    what: 'the build machine stopped twice before the guest program began',
    hint: 'see its console in the log; if the machine is busy, try again with a smaller -j',
    lines: [],
  };
}

/** Resumes a saved machine if possible; otherwise boots. */
async function beginMachine(job: BuildJob, worker: Worker): Promise<Problem | 'never began' | undefined> {
  const { machines, accelerator } = worker;
  if (machines === undefined) return runMachine(job, worker, 'boots');
  const key = machineKey(job.qemu, machineWords(job, worker), accelerator, ['kernel', 'work/initramfs']);
  const saved = { folder: machines, key };
  if (!(await bringMachine(machines, key))) return runMachine(job, worker, 'boots', saved);
  const end = await runMachine(job, worker, 'is restored', saved);
  // Whatever the cause was, the next machine boots.
  if (end === 'never began' || isSilence(end)) dropMachine(machines, key);
  return end === 'never began' ? runMachine(job, worker, 'boots', saved) : end;
}

function isSilence(problem: Problem | undefined): boolean {
  return problem?.code === 'AIB_MACHINE_STOPPED' || problem?.code === 'AIB_TIMEOUT';
}

async function runMachine(
  job: BuildJob,
  worker: Worker,
  begins: 'boots' | 'is restored',
  saved?: { readonly folder: string; readonly key: string },
): Promise<Problem | 'never began' | undefined> {
  const isRestored = begins === 'is restored';
  const drives = await makeDrives(job, worker);
  let began = false;
  let phase = 'boot';
  let verdict: 'done' | 'failed' | undefined;
  const sizes = new Map<string, number>();
  let failure: { code: string; what: string } | undefined;
  const output: string[] = [];
  const console = tailOf(20);
  const end = await runSession({
    program: job.qemu,
    arguments: [
      ...machineWords(job, worker),
      ...DRIVES.flatMap(name => ['-drive', `if=virtio,${drives[name].options}`]),
      ...(isRestored ? RESTORING : []),
    ],
    limitSeconds: isRestored ? RESTORE_LIMIT * worker.limitFactor : limitOf(phase, worker),
    onStart: ({ monitor, send }) => {
      if (!isRestored) return;
      process.stdout.write('\naib: restore\n');
      void resumeMachine(monitor).then(() => send(GO));
    },
    onConsole: text => {
      process.stdout.write(text);
      console.add(text);
    },
    onLine: (line, control) => {
      const [, word = '', rest = ''] = /^AIB (\S+) ?(.*)$/.exec(line) ?? [];
      began ||= word !== '';
      if (word === 'ready') {
        const { monitor, send } = control;
        const ready = saved === undefined ? Promise.resolve() : saveMachine(saved.folder, saved.key, monitor);
        void ready.then(() => send(GO));
      } else if (word === 'phase') {
        phase = rest;
        control.limit(limitOf(phase, worker));
        process.stdout.write(`\naib: ${phase}\n`);
      } else if (word === 'progress') {
        process.stdout.write(`\naib: ${phase}, ${rest}\n`);
      } else if (word === 'error') {
        const space = rest.indexOf(' ');
        failure = { code: rest.slice(0, space), what: rest.slice(space + 1) };
      } else if (word === '|') {
        output.push(rest);
      } else if (word === 'size') {
        const [name = '', bytes] = rest.split(' ');
        sizes.set(name, Number(bytes));
      } else if (word === 'done' || word === 'failed') {
        verdict = word;
        control.finish();
      }
    },
  });
  // Even if the guest reported success.
  if (end.type === 'disk-failed') return diskFailed(end.reason);
  // A killed QEMU has not written everything to the disk.
  if (verdict === 'done' && end.type === 'exited') {
    for (const { output } of Object.values(drives))
      if (output !== undefined) truncateSync(`out/${output}`, sizes.get(output) ?? 0);
    if (makesDisk(job)) await packDisk(qcow2Disk('work/disk.qcow2'), 'out/disk');
    return undefined;
  }
  if (verdict === 'failed' && failure !== undefined) return { ...failure, lines: output };
  if (!began && (end.type === 'exited' || end.type === 'killed' || (isRestored && end.type === 'timeout')))
    return 'never began';
  const stopped = `the build machine stopped in phase ${phase} without a word`;
  return silence(end, { qemu: job.qemu, phase, stopped, console: console.lines() });
}

/** All arguments except the drives: a waiting machine has not read them yet. */
function machineWords(job: BuildJob, worker: Worker): readonly string[] {
  return [
    ...machineArguments(job, worker),
    // The first serial port, and the port that is the second or the first virtio device.
    ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console', ...resultPortArguments(job, 3)],
    ...[
      '-no-reboot',
      '-display',
      'none',
      '-nic',
      'none',
      '-rtc',
      `base=${isoTime(job.epoch + worker.clockOffset)},clock=vm`,
    ],
    ...['-kernel', 'kernel', '-initrd', 'work/initramfs', '-append', kernelCommandLine(job)],
  ];
}

/** The message that the guest waits for. */
const GO = 'go';

/**
 * In the order of the guest's devices, from /dev/vda on. All are always present, so that all machines are identical until they read them.
 */
const DRIVES = ['made', 'inputs', 'toolbox', 'archive', 'installed'] as const;

interface Drive {
  /** For QEMU's -drive. */
  readonly options: string;
  /** The name of an output; its file is truncated to the size that the guest reports. */
  readonly output?: string;
}

async function makeDrives(
  job: BuildJob,
  { memoryMiB, diskCache }: Worker,
): Promise<Readonly<Record<(typeof DRIVES)[number], Drive>>> {
  const written = (file: string, format: string): string =>
    `file=${file},format=${format},cache=${diskCache},discard=unmap,detect-zeroes=unmap,${REPORTED}`;
  const read = (file: string): Drive => ({ options: `file=${file},format=raw,readonly=on` });
  const output = (name: string, mib: number): Drive => {
    makeSparse(`out/${name}`, mib * MIB);
    return { options: written(`out/${name}`, 'raw'), output: name };
  };
  const isDisk = makesDisk(job);
  if (isDisk) await writeQcow2(emptyDisk(job.diskMiB * MIB), 'work/disk.qcow2', { compress: false });
  return {
    // The tree lies in the machine's memory.
    made: isDisk ? { options: written('work/disk.qcow2', 'qcow2') } : output('tree', memoryMiB + ROOM_MIB),
    inputs: read('work/in.iso'),
    toolbox: read('toolbox.iso'),
    // What the stages before left.
    archive: read(existsSync('tree') ? 'tree' : NOTHING),
    installed: isDisk ? output('installed', DATABASE_MIB) : read(NOTHING),
  };
}

function makesDisk({ stages }: BuildJob): boolean {
  return stages.at(-1) === 'disk';
}

/**
 * The last option is for emulation: with every program at the same addresses, its code is translated once and not at each start, which
 * saves a third of the time for a disk. Address randomization is not needed in a machine without network that runs for seconds.
 */
const FAST = 'mitigations=off no_timer_check cryptomgr.notests norandmaps';

function kernelCommandLine({ console, resultPort }: BuildJob): string {
  return `rdinit=/aib/init console=${console},115200 quiet panic=-1 ${FAST} aib.port=${resultPort}`;
}

/** The read-only disk with all inputs of the guest. */
async function writeInputs(job: BuildJob): Promise<void> {
  writeFileSync('work/guest.env', guestEnvironment(process.env));
  const names = [
    ...['overlay.tar'].filter(name => existsSync(name)),
    ...['guest', 'base', 'packages'].flatMap(filesBelow),
  ];
  const entries = names.map((path): IsoEntry => ({ path, type: 'file', source: { file: path } }));
  entries.push({ path: 'guest.env', type: 'file', source: { file: 'work/guest.env' } });
  await writeIso('work/in.iso', entries, { volumeId: 'AIB', time: job.epoch });
}

/** The kernel unpacks archives one after the other; each must start at a multiple of four bytes. */
function writeInitramfs(): void {
  const base = readFileSync('initramfs');
  const padding = Buffer.alloc((4 - (base.byteLength % 4)) % 4);
  const directory = { type: 'directory', mode: 0o755, mtime: 0 } as const;
  const archive = packCpio([
    { ...directory, path: 'aib' },
    { type: 'file', path: 'aib/init', mode: 0o755, mtime: 0, content: readFileSync('guest/init') },
  ]);
  writeFileSync('work/initramfs', Buffer.concat([base, padding, archive]));
}

function makeSparse(path: string, size: number): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, size);
  closeSync(file);
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
}

function isoTime(epoch: number): string {
  return new Date(epoch * 1_000).toISOString().slice(0, 19);
}
