// A web server on this machine for files in memory.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Files by the path of their address, with their media types. */
export type Files = Map<string, { readonly type: string; readonly body: string | Uint8Array }>;

export interface Server {
  /** Its address, without a slash at the end. */
  readonly url: string;
  close(): void;
}

/**
 * Serves the files on a free port.
 *
 * @param receive told of the body of each POST request
 */
export async function serve(
  files: Files,
  receive: (body: string) => void = () => undefined,
): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        response.end();
        receive(body);
      });
      return;
    }
    const file = files.get(request.url ?? '');
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': file?.type ?? 'text/plain' });
    response.end(file?.body ?? 'no such file');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
