import { describe, expect, test } from 'vitest';
import { execution } from '../../../test/engine/executions.ts';
import { criticalPath } from './critical-path.ts';

const words = (steps: ReturnType<typeof criticalPath>) =>
  steps.map(({ execution: { label }, waitedFor, potential }) => `${label} ${waitedFor} ${potential}`);

describe('the critical path', () => {
  //  a 0─10 ──► b 10─60 ──► d 60─70
  //        └──► c 10─40 ──┘
  test('goes from the last end back to what each step had waited for last, and knows what else takes nearly as long', () => {
    const steps = criticalPath([
      execution('a', [0, 0, 10]),
      execution('b', [10, 10, 60], { after: ['//a'] }),
      execution('c', [10, 10, 40], { after: ['//a'] }),
      execution('d', [60, 60, 70], { after: ['//b', '//c'] }),
    ]);
    expect(words(steps)).toEqual(['//a nothing 10', '//b input 20', '//d input 10']);
  });

  //  one slot: x 0─100, then y 100─150, which depends on nothing
  test('goes through who took the room, where that was waited for; there is nothing to gain from the input side', () => {
    const steps = criticalPath([execution('x', [0, 0, 100]), execution('y', [0, 100, 150])]);
    expect(words(steps)).toEqual(['//x nothing 50', '//y room 0']);
  });

  test('of one action is that action, and of nothing nothing', () => {
    expect(words(criticalPath([execution('a', [0, 5, 9])]))).toEqual(['//a nothing 4']);
    expect(criticalPath([])).toEqual([]);
  });

  test('ends, though the clock was set back and inputs seem to be made after their users', () => {
    const steps = criticalPath([
      execution('a', [1_000, 1_000, 2_000], { after: ['//b'] }),
      execution('b', [0, 0, 500], { after: ['//a'] }),
    ]);
    expect(steps.length).toBe(2);
  });

  test('of ten thousand steps is found in a moment, with what is to gain from the longest', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) =>
      execution(`n${index}`, [index * 10, index * 10, index * 10 + (index % 100 === 0 ? 9 : 1)], {
        after: index === 0 ? [] : [`//n${index - 1}`],
      }),
    );
    const steps = criticalPath(chain);
    expect(steps).toHaveLength(10_000);
    expect(steps.filter(({ potential }) => potential === 9)).toHaveLength(100);
  });
});
