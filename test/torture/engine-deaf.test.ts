/** Commands that resist termination, stopped by an interruption or a time limit: the build ends soon, and no process remains. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { localRunner } from '../../src/engine/run/local-runner.ts';
import { makeRig, shell } from '../engine/rig.ts';
import { workingIn } from '../processes.ts';
import { report } from './rig.ts';

/** Each reports that it is ready, and then runs as long as it can. */
const DEAF: Readonly<Record<string, string>> = {
  'ignores what can be ignored': `trap '' TERM HUP INT; echo "aib: ready"; while :; do sleep 60; done`,
  'has children that do': `trap '' TERM; for i in 1 2 3; do sh -c "trap '' TERM HUP; sleep 60; sleep 60" & done; echo "aib: ready"; wait; sleep 60`,
  'starts itself anew when it is asked to end': `again() { sh -c 'trap "" TERM; sleep 60; sleep 60' & }; trap again TERM; echo "aib: ready"; while :; do sleep 60 & wait; done`,
  'left its group, and holds its output': `setsid sh -c "trap '' TERM; echo 'aib: ready'; sleep 60; sleep 60" & wait; sleep 60`,
  'left its group, and closed everything': `setsid sh -c "sleep 60 <&- >&- 2>&-; sleep 60" & echo "aib: ready"; sleep 60`,
  'has a grandchild in another session, whose parent is gone': `(setsid sh -c "trap '' TERM; sleep 60; sleep 60" &); echo "aib: ready"; sleep 60`,
  'floods its output': `trap '' TERM; echo "aib: ready"; while :; do echo yes yes yes yes yes yes; done`,
  'floods its errors': `trap '' TERM; echo "aib: ready"; while :; do echo no no no no no no >&2; done`,
  'closed its output': `trap '' TERM; echo "aib: ready"; exec >&- 2>&-; sleep 60; sleep 60`,
  'is stopped, as by Ctrl-Z': `echo "aib: ready"; kill -STOP $$; sleep 60`,
  'tidies up for longer than it has': `trap 'sleep 60; sleep 60' TERM; echo "aib: ready"; sleep 60; sleep 60`,
};

test('a build of nothing but commands that will not end is interrupted, and they are gone', async () => {
  const rig = makeRig();
  const names = Object.keys(DEAF);
  const nodes = names.map((name, index) => shell(`n${index}`, `: ${name}\n${DEAF[name]}`));
  const stop = new AbortController();
  const ready = new Set<string>();
  const began = performance.now();
  const built = await rig.build(
    nodes,
    nodes.map(node => node.label.slice(2)),
    {
      capacity: { cpu: names.length },
      runners: { command: localRunner(rig.store, { graceMs: 300 }) },
      signal: stop.signal,
      emit: event => {
        if (event.type === 'progress') ready.add(event.label);
        if (ready.size === names.length) stop.abort();
      },
    },
  );
  expect(built.status).toBe('interrupted');
  expect(built.events.filter(({ type }) => type === 'cancelled')).toHaveLength(names.length);
  await expect.poll(() => workingIn(rig.folder), { timeout: 10_000 }).toEqual([]);
  expect(readdirSync(rig.store.temporary)).toEqual([]);
  report('deaf commands, interrupted', { commands: names.length, 'processes left': 0 });
  expect(performance.now() - began).toBeLessThan(60_000);
}, 90_000);

test('each of them has its time limit, and fails by it', async () => {
  const rig = makeRig();
  const names = Object.keys(DEAF);
  const nodes = names.map((name, index) =>
    shell(`n${index}`, `: ${name}\n${DEAF[name]}`, {}, { timeoutSeconds: 2, resources: { cpu: 0 } }),
  );
  const built = await rig.build(
    nodes,
    nodes.map(node => node.label.slice(2)),
    { onFailure: 'keep-going', runners: { command: localRunner(rig.store, { graceMs: 300 }) } },
  );
  expect([...built.failures.values()].map(({ code }) => code)).toEqual(names.map(() => 'AIB_TIMEOUT'));
  await expect.poll(() => workingIn(rig.folder), { timeout: 10_000 }).toEqual([]);
  expect(readdirSync(rig.store.temporary)).toEqual([]);
  report('deaf commands, out of time', { commands: names.length, 'processes left': 0 });
}, 90_000);
