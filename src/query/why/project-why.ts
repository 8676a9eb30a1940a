/** The data for explanations of a project: its graph, the plan of a build, and the origins of its settings. */
import { readFileSync } from 'node:fs';
import type { Target } from '../../engine/build/build.ts';
import { type Plan, plan } from '../../engine/build/plan.ts';
import type { Label } from '../../engine/model/graph.ts';
import { wishesTold } from '../../rules/kinds/packages.ts';
import { variantOf } from '../../rules/labels.ts';
import { packageSet } from '../../rules/package-set.ts';
import type { Project } from '../../rules/project/project.ts';
import { LookingIntake } from '../../store/sources/intake.ts';
import type { Store } from '../../store/store.ts';
import { Explainer } from './explain.ts';

export interface ProjectWhy {
  readonly plan: Plan;
  readonly explainer: Explainer;
}

/** `targets` decide which bytes are needed; without targets, nothing is planned. */
export async function projectWhy(
  project: Project,
  targets: readonly Target[],
  context: { readonly store: Store | undefined },
): Promise<ProjectWhy> {
  const { store } = context;
  const { graph, lockPath, unanswered } = project;
  const intake = new LookingIntake(store?.sources);
  const planned = await plan({ graph, targets, store, intake });
  const configs = new Map(project.configs.map(config => [config.variant.name, config]));
  const configOf = (label: string) => configs.get(variantOf(label));
  const lockText = textOf(lockPath);
  const explainer = new Explainer({
    graph,
    plan: planned,
    store,
    intake,
    originsOf: (label: Label) => ({
      settings: configOf(label)?.variant.variant.settings,
      lock: { path: lockPath, text: lockText },
    }),
    wishesOf: label => {
      const config = unanswered.has(label) ? configOf(label) : undefined;
      const set = config && packageSet(config);
      return set?.ok === true ? wishesTold(set.value) : undefined;
    },
  });
  return { plan: planned, explainer };
}

/** Empty if the lock cannot be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
