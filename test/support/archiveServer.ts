// A server on this machine that has one file, and behaves well or badly as a test asks it to.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** How it behaves; may be changed at any time. */
export interface Behaviour {
  body: Buffer;
  etag: string | null;
  /** Whether it sends parts. */
  ranges: boolean;
  /** Whether it sends a part only of the file that is meant. */
  conditional: boolean;
  /** Whether it answers that there is no such part. */
  refusesRanges: boolean;
  /** Whether it says how long the file is. */
  length: boolean;
  type: string;
  /** Statuses of the next answers, in place of the file. */
  statuses: number[];
  /** Answers stop after so many bytes of the body, and the connection stays open. */
  stopAfter: number;
}

export interface ArchiveServer extends Behaviour {
  readonly url: string;
  /** Header fields of every request. */
  readonly requests: IncomingMessage['headers'][];
  /** Bytes of bodies that were sent. */
  sent: number;
  /** Cuts all connections. */
  readonly cut: () => void;
}

/** Serves `body` under every path until the test ends. */
export async function archiveServer(body: Buffer): Promise<ArchiveServer> {
  const server = createServer((request, response) => {
    self.requests.push(request.headers);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: ArchiveServer = {
    ...{
      body,
      etag: '"1"',
      ranges: true,
      conditional: true,
      refusesRanges: false,
      length: true,
      type: 'application/zip',
      statuses: [],
      stopAfter: Infinity,
    },
    ...{ requests: [], sent: 0, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
    cut: () => {
      server.closeAllConnections();
    },
  };
  const answer = ({ headers }: IncomingMessage, response: ServerResponse): void => {
    const status = self.statuses.shift();
    if (status !== undefined) {
      response.writeHead(status).end('no');
      return;
    }
    const { body, etag, ranges, conditional, length, type, stopAfter } = self;
    if (self.refusesRanges && headers.range !== undefined) {
      response.writeHead(416).end();
      return;
    }
    const unchanged = !conditional || headers['if-range'] === undefined || headers['if-range'] === etag;
    const asked = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
    const start = ranges && unchanged && asked !== undefined ? Number(asked) : 0;
    const rest = body.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-type': type,
      ...(etag === null ? {} : { etag }),
      ...(length ? { 'content-length': rest.length } : {}),
      ...(start > 0 ? { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` } : {}),
    });
    const part = rest.subarray(0, stopAfter);
    self.sent += part.length;
    if (part.length < rest.length) response.write(part);
    else response.end(part);
  };
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return self;
}
