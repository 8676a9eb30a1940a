/** `aib doctor`: whether this machine can build images, and what to do where it cannot. Never changes anything. */
import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Accelerator } from '../../qemu/accelerator.ts';
import { checkHost, type ToolState } from '../../qemu/host-tools.ts';
import { columns } from '../../report/text/columns.ts';
import { formatBytes } from '../../util/bytes.ts';
import { aibHome } from '../../util/files/home.ts';
import { type MissingPart, missingParts, thisSystem } from '../../util/native-parts.ts';

export interface MachineCheckOptions {
  readonly write: (text: string) => void;
  /** Where the store is or will be; its file system is what fills up. */
  readonly cacheFolder: string;
  /** Boots something for an instant, so it is asked only where QEMU is there. */
  readonly probeAccelerator: () => Promise<Accelerator>;
  /** What the machine has; tests give their own. */
  readonly machine?: Machine;
}

export interface Machine {
  readonly tools: readonly ToolState[];
  /** Parts of npm packages that lack here, those of the development tools included. */
  readonly missingParts: readonly MissingPart[];
  /** Bytes that this user may still write there. */
  readonly freeDisk: (folder: string) => number;
  /** Bytes, within the limits of a container. */
  readonly availableMemory: number;
}

/** 0 if everything that each build needs is there, else 1. */
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
  return findings.some(finding => finding.mark === 'lacks') ? 1 : 0;
}

interface Finding {
  /** `lacks` stops every build; `note` only what the purpose says. */
  readonly mark: 'ok' | 'note' | 'lacks';
  readonly name: string;
  readonly state: string;
  readonly purpose: string;
  readonly remedy?: string;
}

const GIB = 1024 ** 3;

/** Room for a mirror's packages, one disk being made and the images of one variant. */
const LEAST_DISK = 2 * GIB;

/** What a build's guest is given, and half as much for QEMU and aib. */
const LEAST_MEMORY = 1.5 * GIB;

function thisMachine(): Machine {
  // Of the Node that npm runs on when it is called by hand.
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
  return { ...common, mark: tool.need === 'always' ? 'lacks' : 'note', state: tool.problem, remedy: tool.remedy };
}

const PURPOSE = {
  always: (purpose: string) => purpose,
  sample: (purpose: string) => `for the sample mirror: ${purpose}`,
  optional: (purpose: string) => `optional: ${purpose}`,
} as const satisfies Record<ToolState['need'], unknown>;

function partsFinding(missing: readonly MissingPart[]): Finding {
  const common = { name: 'npm packages', purpose: 'have parts that are compiled for one system each' } as const;
  const [first, ...others] = missing.filter(part => !part.dev);
  if (first === undefined) return { ...common, mark: 'ok', state: 'all there' };
  return {
    ...common,
    mark: 'lacks',
    state: `${[first, ...others].map(part => part.name).join(', ')} missing: ${first.why}`,
    remedy: 'run ./setup, which runs npm on the Node that aib brings',
  };
}

async function acceleratorFinding(
  tools: readonly ToolState[],
  probe: MachineCheckOptions['probeAccelerator'],
): Promise<Finding> {
  const common = { name: 'accelerator', purpose: 'how fast guests run; the bytes they make are the same' } as const;
  const missing = tools.find(tool => tool.tool === 'qemu-system-x86_64' && tool.problem !== undefined);
  if (missing !== undefined) return { ...common, mark: 'note', state: `not probed, which takes ${missing.tool}` };
  const { accelerator, reason } = await probe();
  const state = reason === '' ? accelerator : `${accelerator}: ${reason}`;
  return { ...common, mark: accelerator === 'kvm' ? 'ok' : 'note', state };
}

function diskFinding(folder: string, machine: Machine): Finding {
  const free = machine.freeDisk(folder);
  const common = { name: 'disk', state: `${formatBytes(free)} free`, purpose: `keeps the store in ${folder}` };
  if (free >= LEAST_DISK) return { ...common, mark: 'ok' };
  return {
    ...common,
    mark: 'lacks',
    remedy: `free ${formatBytes(LEAST_DISK)} there, or put the store elsewhere with --cache DIR`,
  };
}

function memoryFinding(machine: Machine): Finding {
  const available = machine.availableMemory;
  const common = {
    name: 'memory',
    state: `${formatBytes(available)} available`,
    purpose: 'holds the guest of one build at a time, or more',
  };
  if (available >= LEAST_MEMORY) return { ...common, mark: 'ok' };
  return {
    ...common,
    mark: 'lacks',
    remedy: `make ${formatBytes(LEAST_MEMORY)} available: a guest that builds works in memory`,
  };
}

/** The store may not exist yet: then of the file system that would hold it. */
function freeDisk(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}
