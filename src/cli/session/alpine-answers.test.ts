import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { listen, stop } from '../../../test/local-server.ts';
import { whoIsSilent } from './alpine-answers.ts';

const servers: Server[] = [];
const stopAll = () => Promise.all(servers.splice(0).map(stop));
afterEach(stopAll);

async function serving(status: number): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status, { 'content-length': 7 }).end());
  servers.push(server);
  return listen(server);
}

test('nobody is silent where the site and the mirror answer', async () => {
  const up = await serving(200);
  expect(
    await whoIsSilent(new AbortController().signal, [
      [up, 'releases.json'],
      [up, 'x'],
    ]),
  ).toBeUndefined();
});

test.each([
  [200, 503],
  [503, 200],
])('the host that fails is named, be it the mirror or the site (%i, %i)', async (site, mirror) => {
  const hosts = [await serving(site), await serving(mirror)] as const;
  const silent = await whoIsSilent(new AbortController().signal, [
    [hosts[0], 'releases.json'],
    [hosts[1], 'x'],
  ]);
  const [down, up] = site === 503 ? hosts : [hosts[1], hosts[0]];
  expect(silent).toContain(`${new URL(down).host} cannot be reached (the server returned 503`);
  expect(silent).not.toContain(new URL(up).host);
});

test('both are named where there is no network', async () => {
  const gone = await serving(200);
  await stopAll();
  const silent = await whoIsSilent(new AbortController().signal, [
    [gone, 'a'],
    [gone, 'b'],
  ]);
  expect(silent?.match(/refuses connections/g)).toHaveLength(2);
});
