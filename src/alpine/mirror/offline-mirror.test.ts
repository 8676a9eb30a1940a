import { expect, test } from 'vitest';
import { offline } from './offline-mirror.ts';
import { openMirror } from './open-mirror.ts';

test('is asked for nothing, and says what was wanted of whom', async () => {
  const opened = openMirror('https://mirror.test/alpine');
  if (!opened.ok) return expect.unreachable();
  const mirror = offline(opened.value);
  expect([mirror.spec, mirror.places]).toEqual([opened.value.spec, opened.value.places]);
  const refused = { ok: false, error: { code: 'AIB_OFFLINE', where: 'https://mirror.test/alpine/v3.20/x' } };
  for (const answer of [
    mirror.fetch('v3.20/x'),
    mirror.fetchTo('v3.20/x', '/nowhere/x'),
    mirror.size('v3.20/x'),
    mirror.start('v3.20/x', 1),
  ])
    expect(await answer).toMatchObject(refused);
});
