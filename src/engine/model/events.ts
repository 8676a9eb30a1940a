/** Everything that can happen in a build, as one closed union. Reporters, logs, traces and tests read these and nothing else. */
import type { Sha256 } from '../../store/content/digest.ts';
import type { Failure } from '../../util/failure.ts';
import type { Resources } from './action.ts';
import type { Facts, Progress } from './external.ts';
import type { Label } from './graph.ts';

export type BuildEvent =
  /** Another process builds in this store; this one waits for it. */
  | { readonly type: 'waiting'; readonly pid?: number; readonly command?: string }
  | {
      readonly type: 'started';
      readonly nodes: number;
      /** The number of nodes of each kind. */
      readonly kinds: Readonly<Record<string, number>>;
      readonly at: number;
    }
  /** The node's record was found; it does not run. */
  | {
      readonly type: 'hit';
      readonly label: Label;
      readonly kind: string;
      readonly key?: Sha256;
      /** The cache whose result it is; not set if this store had a record. */
      readonly from?: string;
    }
  | {
      readonly type: 'running';
      readonly label: Label;
      readonly kind: string;
      readonly reason: string;
      readonly at: number;
      readonly expected?: number;
      /** Milliseconds during which it waited only for resources. */
      readonly waited: number;
      /** Its slot among those that run in parallel, from 0. */
      readonly slot: number;
      /** The resources that are reserved for it. */
      readonly resources: Resources;
    }
  /** The store knows the object; it was not looked up in the outside world. */
  | {
      readonly type: 'known';
      readonly label: Label;
      readonly kind: string;
      readonly key: Sha256;
      readonly facts: Facts;
      /** When it was last looked up, in milliseconds since 1970. */
      readonly asked: number;
    }
  /** An object is being looked up in the outside world. */
  | { readonly type: 'asking'; readonly label: Label; readonly kind: string; readonly at: number }
  /** The object exists; it is not created. */
  | { readonly type: 'found'; readonly label: Label; readonly kind: string; readonly facts: Facts; readonly at: number }
  /** The object does not exist, or is not finished: `running` follows when its inputs are here. */
  | {
      readonly type: 'absent';
      readonly label: Label;
      readonly kind: string;
      readonly steps: readonly string[];
      readonly at: number;
    }
  /** A request of a step is in progress, and will not be interrupted. */
  | {
      readonly type: 'making';
      readonly label: Label;
      readonly kind: string;
      readonly step: string;
      readonly progress: Progress;
      readonly at: number;
    }
  /** A step of the object was started, and continues in the outside world without requests. */
  | {
      readonly type: 'pending';
      readonly label: Label;
      readonly kind: string;
      readonly step: string;
      readonly progress: Progress;
      readonly at: number;
    }
  /** The last step of the object is done. */
  | {
      readonly type: 'made';
      readonly label: Label;
      readonly kind: string;
      readonly facts: Facts;
      readonly duration: number;
      readonly at: number;
    }
  | { readonly type: 'progress'; readonly label: Label; readonly words: string }
  | {
      readonly type: 'ran';
      readonly label: Label;
      readonly kind: string;
      readonly duration: number;
      readonly changed: boolean;
      /** Size of all its outputs together, in bytes; not set if one is a folder, because a folder's digest is that of a list. */
      readonly bytes?: number;
      /** The measured peak of its memory, in MiB. */
      readonly memory?: number;
      readonly at: number;
    }
  | {
      readonly type: 'failed';
      readonly label: Label;
      readonly kind: string;
      /** Set for an object of the outside world. */
      readonly external?: true;
      readonly failure: Failure;
      readonly log?: string;
      readonly at: number;
    }
  | { readonly type: 'cancelled'; readonly label: Label; readonly kind: string; readonly at: number }
  /** Not started, because a dependency failed or the build was stopped. */
  | {
      readonly type: 'skipped';
      readonly label: Label;
      readonly kind: string;
      /** Set for an object of the outside world. */
      readonly external?: true;
      readonly because: Label | 'stopped';
    }
  /** A leaf was edited after this build read it: the result is that of the earlier content. The last event before `finished`. */
  | { readonly type: 'edited'; readonly label: Label; readonly kind: string; readonly at: number }
  | { readonly type: 'notice'; readonly line: string }
  | {
      readonly type: 'finished';
      readonly status: BuildStatus;
      readonly ran: number;
      readonly hits: number;
      readonly failed: number;
      readonly at: number;
    };

export type BuildStatus = 'done' | 'failed' | 'interrupted';

export type Emit = (event: BuildEvent) => void;
