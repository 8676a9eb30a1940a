/**
 * The `command` rule: any program as a node, with paths in an empty folder. It is independent of images, so the engine is tested with it.
 */
import type { Action, Output, Resources } from '../../engine/model/action.ts';
import type { ActionNode, Edge, Label } from '../../engine/model/graph.ts';
import { internal } from '../../util/failure.ts';
import { ok } from '../../util/result.ts';

export interface CommandOptions {
  readonly label: Label;
  /** Default `command`. */
  readonly kind?: string;
  /** The program, found on the worker's PATH or in the input root (`./tool`), and its arguments. */
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Inputs by their path in the working folder. */
  readonly inputs?: Readonly<Record<string, Edge>>;
  readonly outputs: Readonly<Record<string, Output>>;
  /** Default: one cpu. */
  readonly resources?: Resources;
  /** Default 600. */
  readonly timeoutSeconds?: number;
}

export function commandNode(options: CommandOptions): ActionNode {
  const { label, kind = 'command', inputs = {} } = options;
  return {
    type: 'action',
    label,
    kind,
    inputs,
    outputs: Object.keys(options.outputs),
    prepare: artifacts => {
      const byPath = Object.keys(inputs).map(path => {
        const artifact = artifacts[path];
        if (artifact === undefined) throw internal(`missing input of ${label}: ${path}`);
        return [path, artifact] as const;
      });
      return ok({
        sort: 'command',
        spec: {
          arguments: options.arguments,
          environment: { ...options.environment, AIB_KIND: kind, AIB_FORMAT: '1' },
          inputs: new Map(byPath),
          outputs: options.outputs,
          platform: {},
          timeoutSeconds: options.timeoutSeconds ?? 600,
        },
        resources: options.resources ?? { cpu: 1 },
      } satisfies Action);
    },
  };
}
