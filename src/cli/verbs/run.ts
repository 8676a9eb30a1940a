/** `aib run LABEL`: the image's console on this terminal. Writes go to a temporary overlay, and never to the image. */
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageConfig } from '../../config/image/image-config.ts';
import { selectVariants } from '../../config/tree/label.ts';
import { probeAccelerator } from '../../qemu/accelerator.ts';
import { runConsole } from '../../qemu/console.ts';
import {
  firmwareArguments,
  MACHINES,
  type MachineModel,
  machineArguments,
  networkArguments,
  terminalArguments,
} from '../../qemu/drive/machine.ts';
import { REPORTED } from '../../qemu/drive/monitor.ts';
import { qemuFormat } from '../../rules/kinds/boot.ts';
import { firmwareLabel } from '../../rules/labels.ts';
import type { Project } from '../../rules/project/project.ts';
import { fail, ok, type Result } from '../../util/result.ts';
import { buildFlow } from '../session/build-flow.ts';
import { interruption } from '../session/interruption.ts';
import { EXIT, notice } from '../session/messages.ts';
import { type Session, withSession } from '../session/session.ts';
import type { Options } from '../words/options.ts';

export function runCommand(label: string, options: Options): Promise<number> {
  return withSession(options, interruption(), async session => {
    const { workspace, signal } = session;
    const project = await session.project();
    if (!project.ok) return project;
    const found = oneImage(label, project.value);
    if (!found.ok) return found;
    const config = found.value;
    const labels = [config.variant.name, ...(config.firmware === 'uefi' ? [firmwareLabel(config.arch)] : [])];
    const built = await buildFlow({ workspace, options, signal, labels });
    if (!built.ok) return built;
    const [image] = built.value.images;
    const machine = MACHINES[config.arch];
    if (built.value.exit !== EXIT.done || image === undefined || machine === undefined) return ok(built.value.exit);
    const folder = mkdtempSync(join(tmpdir(), 'aib-run-'));
    try {
      const flash = config.firmware === 'uefi' ? firmwareDrives(config.arch, folder, session) : ok([]);
      if (!flash.ok) return flash;
      const drives = [...flash.value, ...imageDrive(image.image, config)];
      const shown = await showConsole(machine, config, drives, folder, signal);
      if (!shown.ok) return shown;
      return ok(signal.aborted ? EXIT.interrupted : EXIT.done);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function oneImage(label: string, { configs, lock }: Project): Result<ImageConfig> {
  const variants = configs.map(config => config.variant);
  const selected = selectVariants([label], variants, lock.builder);
  if (!selected.ok) return selected;
  const [only, ...others] = selected.value;
  const config = configs.find(({ variant }) => variant.name === only?.variant.name);
  if (config !== undefined && others.length === 0) return ok(config);
  return fail({ code: 'AIB_USAGE', what: `${label} matches more than one image`, hint: 'name one image' });
}

/** Works on a copy of the variables, because the store must not be written. */
function firmwareDrives(arch: string, folder: string, session: Session): Result<readonly string[]> {
  const store = session.storeToRead();
  if (!store.ok) return store;
  const { records, blobs } = store.value;
  const firmware = records.latest(firmwareLabel(arch))?.outputs;
  if (firmware?.code === undefined || firmware.vars === undefined) return ok([]);
  const vars = join(folder, 'vars.fd');
  copyFileSync(blobs.path(firmware.vars.digest), vars);
  // The copy is as read-only as the blob. Root may write into it anyway; QEMU of another user may not.
  chmodSync(vars, 0o600);
  return ok(firmwareArguments(blobs.path(firmware.code.digest), vars));
}

function imageDrive(image: string, config: ImageConfig): readonly string[] {
  return ['-drive', `if=virtio,format=${qemuFormat(config)},file=${image},snapshot=on,${REPORTED}`];
}

/** The serial port in the kernel options. If there are several, the kernel uses the last. */
function consoleOf({ kernelOptions }: ImageConfig): string | undefined {
  return kernelOptions.flatMap(option => /^console=(tty[A-Z]+\d+)/.exec(option)?.[1] ?? []).at(-1);
}

async function showConsole(
  machine: MachineModel,
  config: ImageConfig,
  drives: readonly string[],
  temporary: string,
  signal: AbortSignal,
): Promise<Result<void>> {
  const { accelerator } = await probeAccelerator();
  notice('console of the image: Ctrl-A X ends it; changes are discarded');
  const words = [
    ...machineArguments(machine, { accelerator, cpus: 2, memoryMiB: 1024 }),
    ...terminalArguments(machine, consoleOf(config)),
    ...networkArguments(false),
    ...drives,
  ];
  return runConsole({ program: machine.qemu, arguments: words, temporary, signal });
}
