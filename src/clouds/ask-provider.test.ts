import { expect, test } from 'vitest';
import type { RetryPolicy } from '../net/retry.ts';
import { askProvider, type Refused } from './ask-provider.ts';

const POLICY: RetryPolicy = { attempts: 3, pauseMs: 0, longestWaitMs: 0, random: () => 0, wait: async () => {} };

/** The errors of a client. */
class Refusal extends Error {}

const refused = (error: unknown): Refused | undefined =>
  error instanceof Refusal ? { why: error.message, temporary: error.message === 'busy' } : undefined;

/** Answers with each of these in turn; an error is what the client throws. */
function ask(answers: readonly (number | Error)[], signal?: AbortSignal) {
  let asked = 0;
  const next = async (): Promise<number> => {
    const answer = answers[asked] ?? expect.unreachable();
    asked += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return askProvider(next, { refused, policy: POLICY, where: 'aws/eu-west-1', signal });
}

test('what passes by itself is asked again', async () => {
  expect(await ask([new Refusal('busy'), new Refusal('busy'), 7])).toEqual({ ok: true, value: 7 });
});

test.each([
  ['what does not is refused at once', [new Refusal('no such region')], 'no such region'],
  ['nor is it asked for ever', Array.from({ length: 3 }, () => new Refusal('busy')), 'busy, 3 times in a row'],
])('%s', async (_, answers, got) => {
  expect(await ask(answers)).toMatchObject({ error: { code: 'AIB_PROVIDER', where: 'aws/eu-west-1', got } });
});

test('what is no answer of the provider is thrown', async () => {
  const bug = new TypeError('a bug');
  await expect(ask([bug])).rejects.toBe(bug);
});

test('a call that was broken off rejects with the reason, whatever the client throws', async () => {
  const stop = new AbortController();
  const why = new Error('stopped');
  const asking = askProvider(
    async () => {
      stop.abort(why);
      throw new DOMException('The client has words of its own', 'AbortError');
    },
    { refused, policy: POLICY, where: 'aws/eu-west-1', signal: stop.signal },
  );
  await expect(asking).rejects.toBe(why);
  await expect(ask([7], stop.signal)).rejects.toBe(why);
});
