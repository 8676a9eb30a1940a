/** `aib run LABEL`: the image's console on this terminal. Works on a throw-away overlay; the image itself is never written. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectVariants } from '../../config/tree/label.ts';
import { probeAccelerator } from '../../qemu/accelerator.ts';
import { acceleratorArgument } from '../../qemu/drive/worker.ts';
import { QEMU_FORMATS } from '../../rules/kinds/boot.ts';
import { firmwareLabel } from '../../rules/labels.ts';
import { MACHINES } from '../../rules/machine.ts';
import { openStore } from '../../store/store.ts';
import { runFlow } from '../session/build-flow.ts';
import { EXIT, notice, showFailure } from '../session/messages.ts';
import { interruption, projectOf, workspaceOf } from '../session/session.ts';
import type { Options } from '../words/options.ts';

export async function runCommand(label: string, options: Options): Promise<number> {
  const workspace = workspaceOf(options);
  if (!workspace.ok) return showFailure(workspace.error);
  const signal = interruption();
  const project = await projectOf(workspace.value, options, { signal });
  if (!project.ok) return showFailure(project.error);
  const { configs, lock } = project.value;
  const selected = selectVariants(
    [label],
    configs.map(config => config.variant),
    lock.builder,
  );
  if (!selected.ok) return showFailure(selected.error);
  const [only, ...others] = selected.value;
  const config = configs.find(({ variant }) => variant.name === only?.variant.name);
  if (config === undefined || others.length > 0) {
    return showFailure({ code: 'AIB_USAGE', what: `${label} is more than one image`, hint: 'name one' });
  }
  const labels = [config.variant.name, ...(config.firmware === 'uefi' ? [firmwareLabel(config.arch)] : [])];
  const built = await runFlow({
    workspace: workspace.value,
    command: ['run', workspace.value.folder, ...labels],
    labels,
    options,
  });
  if (!built.ok) return showFailure(built.error);
  const image = built.value.linked[0]?.image;
  const machine = MACHINES[config.arch];
  if (built.value.exit !== EXIT.done || image === undefined || machine === undefined) return built.value.exit;

  const folder = mkdtempSync(join(tmpdir(), 'aib-run-'));
  try {
    const store = openStore(workspace.value.cache, { now: Date.now, onNotice: notice });
    if (!store.ok) return showFailure(store.error);
    const firmware = store.value.records.latest(firmwareLabel(config.arch))?.outputs;
    const pflash: string[] = [];
    if (config.firmware === 'uefi' && firmware?.code !== undefined && firmware.vars !== undefined) {
      copyFileSync(store.value.blobs.path(firmware.vars.digest), join(folder, 'vars.fd'));
      const code = store.value.blobs.path(firmware.code.digest);
      pflash.push('-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${code}`);
      pflash.push('-drive', `if=pflash,format=raw,unit=1,file=${join(folder, 'vars.fd')}`);
    }
    store.value.close();
    const { accelerator } = await probeAccelerator();
    notice('the console of the image; Ctrl-A X ends it, and what was written is thrown away');
    const { execa } = await import('execa');
    const words = ['-nodefaults', '-no-user-config', '-nographic', '-serial', 'mon:stdio', '-m', '1024', '-smp', '2'];
    words.push('-machine', machine.machine, '-accel', acceleratorArgument(accelerator), '-cpu', machine.cpu, ...pflash);
    words.push(
      '-nic',
      'user,model=virtio-net-pci',
      '-drive',
      `if=virtio,format=${QEMU_FORMATS[config.imageFormat]},file=${image},snapshot=on`,
    );
    await execa(machine.qemu, words, { stdio: 'inherit', reject: false, env: { TMPDIR: folder } });
    return EXIT.done;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
