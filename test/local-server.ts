/** For tests: a web server on a free port of this machine alone; never asks for a certain port, which another test may have. */
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type LocalServer = HttpServer | HttpsServer;

/** Its address without a path; a server of TLS has the same with another scheme. */
export async function listen(server: LocalServer): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Cuts what is still connected. After it, connections are refused. */
export async function stop(server: LocalServer): Promise<void> {
  const closed = new Promise(resolve => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
