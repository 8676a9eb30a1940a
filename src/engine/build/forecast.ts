/**
 * How long a planned build would take: simulates the scheduler's queue with recorded durations instead of actions. An estimate for the
 * user; it decides nothing.
 */
import type { Resources } from '../model/action.ts';
import { dependenciesOf, type Label } from '../model/graph.ts';
import { chargedResources } from './charged-resources.ts';
import type { Estimates } from './estimates.ts';
import type { Plan, PlannedNode } from './plan.ts';
import { ReadyQueue } from './ready-queue.ts';

export interface Forecast {
  /** Milliseconds from start to end, if everything that may run does run. */
  readonly duration: number;
  /** Milliseconds of all actions in sequence. */
  readonly work: number;
  /** The chain that decides the end, first to last, each with its milliseconds. */
  readonly criticalPath: readonly { readonly label: Label; readonly duration: number }[];
}

interface Job {
  readonly planned: PlannedNode;
  readonly duration: number;
  readonly dependents: Job[];
  pending: number;
  ends: number;
  /** The dependency that ended last. */
  last: Job | undefined;
}

/** `plan` lists dependencies first. */
export function forecast(plan: Plan, estimates: Estimates, capacity: Resources): Forecast {
  const jobs = jobsOf(plan, estimates);
  const queue = new ReadyQueue<Job>(capacity);
  const add = (job: Job): void => {
    const { node, resources = { cpu: 1 } } = job.planned;
    queue.add({
      item: job,
      resources: chargedResources(resources, estimates.memory(node)),
      priority: estimates.priority(node),
    });
  };
  for (const job of jobs) if (job.pending === 0) add(job);
  const running: { readonly job: Job; readonly resources: Resources }[] = [];
  let now = 0;
  for (;;) {
    for (let next = queue.take(); next !== undefined; next = queue.take()) {
      next.item.ends = now + next.item.duration;
      running.push({ job: next.item, resources: next.resources });
    }
    // The job that ends next is the last element, so that removing it is cheap.
    running.sort((a, b) => b.job.ends - a.job.ends);
    const ended = running.pop();
    if (ended === undefined) break;
    now = ended.job.ends;
    queue.release(ended.resources);
    for (const dependent of ended.job.dependents) {
      dependent.pending -= 1;
      dependent.last = ended.job;
      if (dependent.pending === 0) add(dependent);
    }
  }
  return { duration: now, work: jobs.reduce((sum, { duration }) => sum + duration, 0), criticalPath: chainTo(jobs) };
}

/** The nodes that run or may run; edges through nodes that are up to date impose no order. */
function jobsOf(plan: Plan, estimates: Estimates): readonly Job[] {
  const jobs = new Map<Label, Job>();
  for (const planned of plan.values()) {
    const { node, outlook } = planned;
    if (outlook !== 'runs' && outlook !== 'unsure') continue;
    const job: Job = {
      planned,
      duration: estimates.duration(node),
      dependents: [],
      pending: 0,
      ends: 0,
      last: undefined,
    };
    jobs.set(node.label, job);
    for (const label of dependenciesOf(node)) {
      const dependency = jobs.get(label);
      if (dependency === undefined) continue;
      dependency.dependents.push(job);
      job.pending += 1;
    }
  }
  return [...jobs.values()];
}

function chainTo(jobs: readonly Job[]): Forecast['criticalPath'] {
  const chain: Job[] = [];
  const end = jobs.reduce<Job | undefined>((last, job) => (job.ends >= (last?.ends ?? 0) ? job : last), undefined);
  for (let job = end; job !== undefined; job = job.last) chain.push(job);
  return chain.reverse().map(({ planned, duration }) => ({ label: planned.node.label, duration }));
}
