/** Everything that can happen in a build, as one closed union. Reporters, logs, traces and tests read these and nothing else. */
import type { Sha256 } from '../../store/content/digest.ts';
import type { Failure } from '../../util/failure.ts';
import type { Resources } from './action.ts';
import type { Facts, Progress } from './external.ts';
import type { Label } from './graph.ts';

export type BuildEvent =
  /** Another process builds in this store; it will be waited for. */
  | { readonly type: 'waiting'; readonly pid?: number; readonly command?: string }
  | {
      readonly type: 'started';
      readonly nodes: number;
      /** How many of them there are of each kind. */
      readonly kinds: Readonly<Record<string, number>>;
      readonly at: number;
    }
  /** The node's record was found; nothing of it ran. */
  | { readonly type: 'hit'; readonly label: Label; readonly kind: string; readonly key?: Sha256 }
  | {
      readonly type: 'running';
      readonly label: Label;
      readonly kind: string;
      readonly reason: string;
      readonly at: number;
      readonly expected?: number;
      /** Milliseconds for which it only waited for room. */
      readonly waited: number;
      /** Which of those that run side by side it is, from 0. */
      readonly slot: number;
      /** What was set aside for it. */
      readonly resources: Resources;
    }
  /** What this store remembers of an object, which nobody asked the outside world for. */
  | {
      readonly type: 'known';
      readonly label: Label;
      readonly kind: string;
      readonly key: Sha256;
      readonly facts: Facts;
      /** When it was asked for last, milliseconds since 1970. */
      readonly asked: number;
    }
  /** The outside world is asked for an object. */
  | { readonly type: 'asking'; readonly label: Label; readonly kind: string; readonly at: number }
  /** The object is there; nothing of it is made. */
  | { readonly type: 'found'; readonly label: Label; readonly kind: string; readonly facts: Facts; readonly at: number }
  /** It is not, or not finished: `running` follows when all that it is made of is here. */
  | {
      readonly type: 'absent';
      readonly label: Label;
      readonly kind: string;
      readonly steps: readonly string[];
      readonly at: number;
    }
  /** A request that makes something of the object is on its way, and will not be broken off. */
  | {
      readonly type: 'making';
      readonly label: Label;
      readonly kind: string;
      readonly step: string;
      readonly progress: Progress;
      readonly at: number;
    }
  /** A step of the object was begun, and the outside world goes on with it by itself. */
  | {
      readonly type: 'pending';
      readonly label: Label;
      readonly kind: string;
      readonly step: string;
      readonly progress: Progress;
      readonly at: number;
    }
  /** The last step of the object was taken. */
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
      /** Of all its outputs together, in bytes; left out where one is a folder, whose digest is that of a list. */
      readonly bytes?: number;
      /** The most MiB that it was seen to take. */
      readonly memory?: number;
      readonly at: number;
    }
  | {
      readonly type: 'failed';
      readonly label: Label;
      readonly kind: string;
      /** Set of an object of the outside world. */
      readonly external?: true;
      readonly failure: Failure;
      readonly log?: string;
      readonly at: number;
    }
  | { readonly type: 'cancelled'; readonly label: Label; readonly kind: string; readonly at: number }
  /** Not started, because something it needs failed or the build was stopped. */
  | {
      readonly type: 'skipped';
      readonly label: Label;
      readonly kind: string;
      /** Set of an object of the outside world. */
      readonly external?: true;
      readonly because: Label | 'stopped';
    }
  /** A leaf is no longer what it was when this build read it: what was built is of what it was then. Comes last before `finished`. */
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
