/** `aib doctor`: checks whether this machine can build images, and prints a remedy for each fault. Changes nothing. */
import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Accelerator } from '../../qemu/accelerator.ts';
import { checkHost, type ToolState } from '../../qemu/host-tools.ts';
import { columns } from '../../report/text/columns.ts';
import { formatBytes } from '../../util/bytes.ts';
import { aibHome, isInstalled } from '../../util/files/home.ts';
import { type MissingPart, missingParts, thisSystem } from '../../util/native-parts.ts';

export interface MachineCheckOptions {
  readonly write: (text: string) => void;
  /** Where the store is or will be; its free space is checked. */
  readonly cacheFolder: string;
  /** Boots a short test machine, so it is called only if QEMU is installed. */
  readonly probeAccelerator: () => Promise<Accelerator>;
  /** The machine; tests pass their own. */
  readonly machine?: Machine;
}

export interface Machine {
  readonly tools: readonly ToolState[];
  /** Missing parts of npm packages, including the development tools. */
  readonly missingParts: readonly MissingPart[];
  /** Bytes that this user can still write there. */
  readonly freeDisk: (folder: string) => number;
  /** Bytes, within the limits of a container. */
  readonly availableMemory: number;
}

/** Returns 0 if nothing is missing that every build requires, else 1. */
export async function checkMachine(options: MachineCheckOptions): Promise<number> {
  const { write, machine = thisMachine() } = options;
  const findings = [
    ...machine.tools.map(toolFinding),
    partsFinding(machine.missingParts),
    await acceleratorFinding(machine.tools, options.probeAccelerator),
    diskFinding(resolve(options.cacheFolder), machine),
    memoryFinding(machine),
  ];
  const lines = columns(findings.map(({ mark, name, purpose, state }) => [mark, name, purpose, state]));
  const remedies = findings.filter(finding => finding.remedy !== undefined);
  write(`${lines.join('\n')}\n`);
  if (remedies.length > 0) {
    const table = columns(remedies.map(({ name, remedy }) => [`  ${name}`, remedy ?? '']));
    write(`\nTo do:\n${table.join('\n')}\n`);
  }
  return findings.some(finding => finding.mark === 'missing') ? 1 : 0;
}

interface Finding {
  /** `missing` stops every build; `note` affects only what the purpose describes. */
  readonly mark: 'ok' | 'note' | 'missing';
  readonly name: string;
  readonly state: string;
  readonly purpose: string;
  readonly remedy?: string;
}

const GIB = 1024 ** 3;

/** Space for the packages of a mirror, one disk during its build, and the images of one variant. */
const LEAST_DISK = 2 * GIB;

/** The memory of the guest of a build, and half as much for QEMU and aib. */
const LEAST_MEMORY = 1.5 * GIB;

function thisMachine(): Machine {
  // The version of Node that npm uses when the user calls it.
  const version = spawnSync('node', ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout?.trim();
  return {
    tools: checkHost(),
    missingParts: missingParts(aibHome(), thisSystem(version === '' ? undefined : version)),
    freeDisk,
    availableMemory: process.availableMemory(),
  };
}

function toolFinding(tool: ToolState): Finding {
  const common = { name: tool.tool, purpose: PURPOSE[tool.need](tool.purpose) };
  if (tool.problem === undefined) {
    return { ...common, mark: 'ok', state: [tool.version, tool.found].filter(part => part !== undefined).join('  ') };
  }
  return { ...common, mark: tool.need === 'always' ? 'missing' : 'note', state: tool.problem, remedy: tool.remedy };
}

const PURPOSE = {
  always: (purpose: string) => purpose,
  sample: (purpose: string) => `for the sample mirror: ${purpose}`,
  optional: (purpose: string) => `optional: ${purpose}`,
} as const satisfies Record<ToolState['need'], unknown>;

function partsFinding(missing: readonly MissingPart[]): Finding {
  const common = { name: 'npm packages', purpose: 'have parts that are compiled for one system' } as const;
  const [first, ...others] = missing.filter(part => !part.dev);
  if (first === undefined) return { ...common, mark: 'ok', state: 'complete' };
  return {
    ...common,
    mark: 'missing',
    state: `${[first, ...others].map(part => part.name).join(', ')} missing: ${first.why}`,
    remedy: isInstalled()
      ? 'install aib again, with npm 9 or newer'
      : "run ./setup, which runs npm with aib's own Node",
  };
}

async function acceleratorFinding(
  tools: readonly ToolState[],
  probe: MachineCheckOptions['probeAccelerator'],
): Promise<Finding> {
  const common = { name: 'accelerator', purpose: 'speed of guests; their output is the same' } as const;
  const missing = tools.find(tool => tool.tool === 'qemu-system-x86_64' && tool.problem !== undefined);
  if (missing !== undefined) return { ...common, mark: 'note', state: `not checked: that requires ${missing.tool}` };
  const { accelerator, reason } = await probe();
  const state = reason === '' ? accelerator : `${accelerator}: ${reason}`;
  return { ...common, mark: accelerator === 'kvm' ? 'ok' : 'note', state };
}

function diskFinding(folder: string, machine: Machine): Finding {
  const free = machine.freeDisk(folder);
  const common = { name: 'disk', state: `${formatBytes(free)} free`, purpose: `contains the store in ${folder}` };
  if (free >= LEAST_DISK) return { ...common, mark: 'ok' };
  return {
    ...common,
    mark: 'missing',
    remedy: `free ${formatBytes(LEAST_DISK)} there, or use another store with --cache DIR`,
  };
}

function memoryFinding(machine: Machine): Finding {
  const available = machine.availableMemory;
  const common = {
    name: 'memory',
    state: `${formatBytes(available)} available`,
    purpose: 'for the guests of one or more builds at a time',
  };
  if (available >= LEAST_MEMORY) return { ...common, mark: 'ok' };
  return {
    ...common,
    mark: 'missing',
    remedy: `make ${formatBytes(LEAST_MEMORY)} available: the guest of a build works in memory`,
  };
}

/** If the store does not exist yet, uses the file system that would contain it. */
function freeDisk(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}
