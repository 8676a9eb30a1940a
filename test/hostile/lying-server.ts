/** Serves the files of a mirror, and lies about the configured ones. Used for one lie; `hits` contains the requests. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { listen, stop } from '../local-server.ts';
import type { Files } from './honest-mirror.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse, truth: Buffer) => void;

export class LyingServer {
  readonly hits: string[] = [];
  files: Files;
  lie: { readonly path: string; readonly answer: Answer } | undefined;
  readonly #server: Server;

  constructor(files: Files) {
    this.files = files;
    this.#server = createServer((request, response) => {
      const path = decodeURIComponent((request.url ?? '').slice(1));
      this.hits.push(`${request.method} ${path}`);
      const truth = this.files.get(path) ?? Buffer.alloc(0);
      if (this.lie?.path === path) this.lie.answer(request, response, truth);
      else if (this.files.has(path)) honest(request, response, truth);
      else response.writeHead(404).end();
    });
  }

  listen(): Promise<string> {
    return listen(this.#server);
  }

  close(): Promise<void> {
    return stop(this.#server);
  }
}

const honest: Answer = (request, response, truth) => {
  response.writeHead(200, { 'content-length': truth.byteLength, etag: '"1"' });
  response.end(request.method === 'HEAD' ? undefined : truth);
};

/** Answers the same to every request, like many kinds of servers. */
export const instead = (content: Uint8Array | string, headers: Record<string, string> = {}): Answer => {
  return (request, response) => {
    const bytes = Buffer.from(content);
    response.writeHead(200, { 'content-length': bytes.byteLength, ...headers });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  };
};

export const changed = (change: (truth: Buffer) => Uint8Array): Answer => {
  return (request, response, truth) => instead(change(truth))(request, response, truth);
};

export const status = (code: number, headers: Record<string, string> = {}): Answer => {
  return (_request, response) => response.writeHead(code, headers).end();
};

/** Bypasses the HTTP library, to send what it would never send. */
export const raw = (text: string): Answer => {
  return (_request, response) => response.socket?.end(text);
};

export const reset: Answer = (_request, response) => response.socket?.resetAndDestroy();

export const silent: Answer = () => {};

/** Sends the headers, half of the file, and then nothing. */
export const stalling: Answer = (_request, response, truth) => {
  response.writeHead(200, { 'content-length': truth.byteLength });
  response.write(truth.subarray(0, truth.byteLength >> 1));
};

export const cutShort: Answer = (_request, response, truth) => {
  response.writeHead(200, { 'content-length': truth.byteLength });
  response.write(truth.subarray(0, truth.byteLength >> 1), () => response.destroy());
};

/** Sends without end, at the speed of the receiver. */
export const endless: Answer = (_request, response, truth) => {
  response.writeHead(200);
  const more = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(1 << 16, truth)));
  };
  response.on('drain', more);
  more();
};

export const flipped = (from: 'start' | 'middle' | 'end'): Answer =>
  changed(truth => {
    const bytes = Buffer.from(truth);
    const at = { start: 30, middle: bytes.byteLength >> 1, end: bytes.byteLength - 12 }[from];
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
    return bytes;
  });
