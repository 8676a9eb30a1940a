import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../store/content/digest.ts';
import { type Located, revisionOf } from './revision.ts';

const [OLD, NEW] = [digestOf('old').hash, digestOf('new').hash];
const at = (revision: number, content = OLD, published = false): Located => ({ revision, content, published });

function revision(answers: readonly Located[], revise = false): number | string {
  const found = revisionOf(answers, { content: NEW, revise });
  return found.ok ? found.value : found.error.what;
}

describe('the revision', () => {
  test.each<{
    readonly why: string;
    readonly answers: readonly Located[];
    readonly plain: number | string;
    readonly revised?: number;
  }>([
    { why: 'is 0 where no destination has any', answers: [], plain: 0 },
    { why: 'stays while nothing of it is published', answers: [at(2), at(1)], plain: 2 },
    { why: 'stays where the same content is published', answers: [at(1, NEW, true), at(0, OLD, true)], plain: 1 },
    {
      why: 'is the next one where another content is published, if it may be revised',
      answers: [at(1, OLD, true)],
      plain: 'Revision 1 is already published with different content',
      revised: 2,
    },
    {
      why: 'is taken as soon as one destination of several has published it',
      answers: [at(1, NEW), at(1, OLD, true), at(1, NEW)],
      plain: 'Revision 1 is already published with different content',
      revised: 2,
    },
    { why: 'does not care for what is published of a lower one', answers: [at(0, OLD, true), at(1)], plain: 1 },
  ])('$why', ({ answers, plain, revised }) => {
    expect(revision(answers)).toBe(plain);
    expect(revision(answers.toReversed())).toBe(plain);
    expect(revision(answers, true)).toBe(revised ?? plain);
  });

  test('once made is the answer from then on, in whatever order the destinations answer', () => {
    const located = fc.record({
      revision: fc.nat(4),
      published: fc.boolean(),
      content: fc.constantFrom(OLD, NEW),
    });
    fc.assert(
      fc.property(fc.array(located), answers => {
        const made = revision(answers, true);
        if (typeof made !== 'number') return expect.unreachable();
        expect(made).toBeGreaterThanOrEqual(Math.max(0, ...answers.map(each => each.revision)));
        for (const isPublished of [false, true]) {
          const after = [...answers, at(made, NEW, isPublished)];
          expect(revision(after, true)).toBe(made);
          expect(revision(after.toReversed())).toBe(made);
        }
      }),
    );
  });
});
