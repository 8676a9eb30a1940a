import { expect, test } from 'vitest';
import type { BuildEvent } from '../../engine/model/events.ts';
import type { Label } from '../../engine/model/graph.ts';
import { digestOf } from '../../store/content/digest.ts';
import { running, START, type StageOptions, stage } from './example-build.ts';
import { FakeTerminal } from './fake-terminal.ts';

const [KNOWN, IMPORT, EAST, WEST] = ['//x:known', '//x:import', '//x:copy/east', '//x:copy/west'] as [
  Label,
  Label,
  Label,
  Label,
];
const kind = 'copy';

/** One is known, one found, one made, one refused. */
const PUBLISHED: readonly BuildEvent[] = [
  { type: 'started', nodes: 4, kinds: {}, at: START },
  { type: 'known', label: KNOWN, kind, key: digestOf('').hash, facts: { image: 'ami-1' }, asked: START - 1 },
  { type: 'asking', label: IMPORT, kind, at: START },
  { type: 'found', label: IMPORT, kind, facts: { image: 'ami-2', snapshot: 'snap-2' }, at: START + 400 },
  { type: 'asking', label: EAST, kind, at: START + 400 },
  { type: 'asking', label: WEST, kind, at: START + 400 },
  { type: 'absent', label: EAST, kind, steps: ['image'], at: START + 500 },
  running(EAST, kind, 500, 'it has no image yet'),
  { type: 'making', label: EAST, kind, step: 'image', progress: {}, at: START + 500 },
  {
    type: 'pending',
    label: EAST,
    kind,
    step: 'image',
    progress: { done: 1 << 30, total: 5 << 28, left: 125_000 },
    at: START + 900,
  },
];

const ENDED: readonly BuildEvent[] = [
  { type: 'made', label: EAST, kind, facts: { image: 'ami-3' }, duration: 3_000, at: START + 3_500 },
  {
    type: 'failed',
    label: WEST,
    kind,
    external: true,
    failure: { code: 'AIB_PROVIDER', what: 'The provider refuses', hint: 'Wait' },
    at: START + 4_000,
  },
  { type: 'finished', status: 'failed', ran: 1, hits: 2, failed: 1, at: START + 4_000 },
];

const STOPPED: readonly BuildEvent[] = [
  { type: 'cancelled', label: EAST, kind, at: START + 1_000 },
  { type: 'cancelled', label: WEST, kind, at: START + 1_000 },
  { type: 'skipped', label: EAST, kind, because: 'stopped' },
  { type: 'skipped', label: WEST, kind, because: 'stopped' },
  { type: 'finished', status: 'interrupted', ran: 0, hits: 2, failed: 0, at: START + 1_000 },
];

function printed(
  mode: 'plain' | 'quiet',
  events: readonly BuildEvent[],
  options: StageOptions = {},
): readonly string[] {
  const written: string[] = [];
  const { play, reporter } = stage(mode, { write: text => written.push(text) }, options);
  play(events);
  reporter.close();
  return written.join('').split('\n').slice(0, -1);
}

const TABLE = [
  '',
  'copy //x:known      known, not looked up  image ami-1',
  'copy //x:import     found                 image ami-2, snapshot snap-2',
];

test('lines tell what came of each object, and a table at the end of all of them', () => {
  expect(printed('plain', [...PUBLISHED, ...ENDED])).toEqual([
    '      copy //x:import found',
    '[0/2] copy //x:copy/east  because it has no image yet',
    '      copy //x:copy/east 3.0 s',
    '      copy //x:copy/west failed after 3.6 s',
    '',
    'failed copy //x:copy/west',
    'The provider refuses [AIB_PROVIDER]',
    '  try   Wait',
    '',
    ...TABLE,
    'copy //x:copy/east  made                  image ami-3',
    'copy //x:copy/west  failed',
    '',
    'failed: 1 failed, 1 run, 2 up to date, 4.0 s',
  ]);
});

test('with --verbose also what is asked, begun and waited for', () => {
  expect(printed('plain', PUBLISHED, { verbose: true }).slice(0, 9)).toEqual([
    '      copy //x:known known, not looked up',
    '      copy //x:import is looked up',
    '      copy //x:import found',
    '      copy //x:copy/east is looked up',
    '      copy //x:copy/west is looked up',
    '[0/2] copy //x:copy/east  because it has no image yet',
    '      copy //x:copy/east  makes the image',
    '      copy //x:copy/east  waits for the image, 1.0 GiB of 1.3 GiB, about 2 min 05 s left',
  ]);
});

test('the table has what nobody asked for, too, because something else failed', () => {
  const refused = { code: 'AIB_PROVIDER', what: 'No such account' } as const;
  const events: readonly BuildEvent[] = [
    { type: 'started', nodes: 3, kinds: {}, at: START },
    { type: 'failed', label: IMPORT, kind, external: true, failure: refused, at: START },
    { type: 'skipped', label: EAST, kind, external: true, because: IMPORT },
    { type: 'skipped', label: KNOWN, kind: 'release', because: IMPORT },
    { type: 'finished', status: 'failed', ran: 0, hits: 0, failed: 1, at: START + 1_000 },
  ];
  expect(printed('plain', events).slice(-6)).toEqual([
    '2 nodes of //x skipped because of //x:import',
    '',
    'copy //x:import     failed',
    'copy //x:copy/east  not made',
    '',
    'failed: 1 failed, 2 skipped, 0 run, 0 up to date, 1.0 s',
  ]);
});

const LEFT = ['unfinished at the provider; the next build continues with:', '  copy //x:copy/east, its image'];

test.each(['plain', 'quiet'] as const)('a build that was stopped says what goes on without it, %s', mode => {
  expect(printed(mode, [...PUBLISHED, ...STOPPED]).slice(-9)).toEqual([
    ...TABLE,
    'copy //x:copy/east  unfinished: image',
    'copy //x:copy/west  looked up, no answer',
    '',
    ...LEFT,
    'interrupted: 2 cancelled, 0 run, 2 up to date, 1.0 s',
  ]);
});

test.each(['plain', 'quiet', 'tty'] as const)('so does one that ends at once, %s', mode => {
  const terminal = new FakeTerminal(80, 24);
  const { play, reporter } = stage(mode, terminal);
  play(PUBLISHED);
  reporter.abandon();
  reporter.close();
  expect(terminal.lines.slice(-2)).toEqual(LEFT);
  expect(terminal.cursorHidden).toBe(false);
});

test('the screen shows what is asked for and waited for, and what was found above', () => {
  const terminal = new FakeTerminal(100, 24);
  const { play, pass } = stage('tty', terminal);
  play(PUBLISHED);
  pass(1_000);
  expect(terminal.lines).toEqual([
    '[0/2] copy //x:import found',
    '[0/2] 2 running, 2 up to date  2 s',
    '  copy //x:copy/west  2 s',
    '  copy //x:copy/east  waits for the image, 1.0 GiB of 1.3 GiB, about 2 min 05 s left  1 s',
  ]);
});

test('there is no table where nobody asked', () => {
  const [started, known] = PUBLISHED as [BuildEvent, BuildEvent];
  const finished = { type: 'finished', status: 'done', ran: 0, hits: 1, failed: 0, at: START } as const;
  expect(printed('plain', [started, known, finished])).toEqual(['up to date: 4 nodes, nothing to do']);
});
