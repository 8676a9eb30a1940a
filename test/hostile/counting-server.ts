/** A web mirror that counts its bytes, to detect files that are fetched twice; it can stop in the middle of a file. Never lies. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { listen, stop } from '../local-server.ts';
import type { Files } from './honest-mirror.ts';

const PART_BYTES = 16 << 10;

/**
 * Serves a mirror, including parts of files, and counts the bytes of each file; it can stop sending one file after a given number of bytes.
 */
export class CountingServer {
  readonly sent = new Map<string, number>();
  hold: { readonly path: string; readonly bytes: number } | undefined;
  etag = '"one"';
  /** Milliseconds between two parts of a file, so that a kill occurs in the middle of a file. */
  pause = 0;
  address = '';
  /** The files that it serves from now on. */
  files: Files;
  readonly #server: Server;

  constructor(files: Files) {
    this.files = files;
    this.#server = createServer((request, response) => {
      const path = decodeURIComponent((request.url ?? '').slice(1));
      const file = this.files.get(path);
      if (file === undefined) return void response.writeHead(404).end();
      const wanted = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const from = request.headers['if-range'] === this.etag ? wanted : 0;
      const range = `bytes ${from}-${file.byteLength - 1}/${file.byteLength}`;
      response.writeHead(from > 0 ? 206 : 200, {
        'content-length': file.byteLength - from,
        etag: this.etag,
        ...(from > 0 ? { 'content-range': range } : {}),
      });
      if (request.method === 'HEAD') return void response.end();
      const held = this.hold?.path === path ? this.hold.bytes : undefined;
      const bytes = file.subarray(from, held);
      if (this.pause > 0) return void this.#sendSlowly(path, bytes, response);
      this.sent.set(path, (this.sent.get(path) ?? 0) + bytes.byteLength);
      if (held === undefined) response.end(bytes);
      else response.write(bytes);
    });
  }

  async #sendSlowly(path: string, bytes: Buffer, response: ServerResponse): Promise<void> {
    for (let at = 0; at < bytes.byteLength && !response.destroyed; at += PART_BYTES) {
      const part = bytes.subarray(at, at + PART_BYTES);
      response.write(part);
      this.sent.set(path, (this.sent.get(path) ?? 0) + part.byteLength);
      await delay(this.pause);
    }
    response.end();
  }

  /** Waits until all connections of a killed client are gone. */
  async settled(): Promise<void> {
    const connections = () => new Promise<number>(done => this.#server.getConnections((_, count) => done(count)));
    await expect.poll(connections, { timeout: 30_000 }).toBe(0);
  }

  size(path: string): number {
    return this.files.get(path)?.byteLength ?? expect.unreachable(path);
  }

  async listen(): Promise<string> {
    this.address = await listen(this.#server);
    return this.address;
  }

  close(): Promise<void> {
    return stop(this.#server);
  }
}
