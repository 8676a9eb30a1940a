/** A mirror on the web whose bytes are counted, to see what is fetched twice; it can stop in the midst of a file. Never lies. */
import { createServer, type Server } from 'node:http';
import { expect } from 'vitest';
import { listen, stop } from '../local-server.ts';
import type { Files } from './honest-mirror.ts';

/** Serves a mirror, parts of files too, and counts the bytes of each; of one it sends so many and then nothing, for as long as it is told to. */
export class CountingServer {
  readonly sent = new Map<string, number>();
  hold: { readonly path: string; readonly bytes: number } | undefined;
  etag = '"one"';
  address = '';
  /** What it serves from now on. */
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
      this.sent.set(path, (this.sent.get(path) ?? 0) + bytes.byteLength);
      if (held === undefined) response.end(bytes);
      else response.write(bytes);
    });
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
