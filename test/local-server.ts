/** For tests: a web server on a free port of the loopback address. Never uses a fixed port, which another test may use. */
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export type LocalServer = HttpServer | HttpsServer;

/** Returns its address without a path; for a TLS server only the scheme is different. */
export async function listen(server: LocalServer): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Closes all connections. Afterwards, connections are refused. */
export async function stop(server: LocalServer): Promise<void> {
  const closed = new Promise(resolve => server.close(resolve));
  server.closeAllConnections();
  await closed;
}
