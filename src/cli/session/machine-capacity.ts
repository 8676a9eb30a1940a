/** The resources of this machine for actions. A part of the memory stays free for other processes. */
import { availableParallelism } from 'node:os';
import type { Resources } from '../../engine/model/action.ts';
import { availableMemory } from '../../util/process/available-memory.ts';

export function machineCapacity(jobs: number | undefined): Resources {
  const memory = Math.floor(availableMemory() * 0.8);
  if (jobs === undefined) return { cpu: availableParallelism(), memory, network: 4 };
  return { cpu: jobs, memory, network: jobs, jobs };
}
