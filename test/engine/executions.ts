/** Recorded executions, for tests of the code that uses them. */
import { digestOf } from '../../src/store/content/digest.ts';
import type { Execution } from '../../src/store/history/execution.ts';

/** `times` are milliseconds since the start of the run: queued, started, ended. */
export function execution(
  name: string,
  [queued, started, ended]: readonly [number, number, number],
  about: Partial<Execution> = {},
): Execution {
  return {
    label: `//${name}`,
    kind: 'test',
    key: digestOf(name).hash,
    queued,
    started,
    duration: ended - started,
    status: 'done',
    reason: 'never built here',
    slot: 0,
    resources: { cpu: 1 },
    after: [],
    ...about,
  };
}
