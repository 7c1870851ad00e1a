import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { Transport } from '@ward/protocol';

/** A transport of this process behind a real port, for processes of their own. */
export interface HttpBridge {
  readonly origin: string;
  close(): Promise<void>;
}

/** @example const bridge = await openHttpBridge(node.transport); */
export async function openHttpBridge(transport: Transport): Promise<HttpBridge> {
  const server = createServer((request, response) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const method = request.method as 'GET';
    const body = ['POST', 'PUT'].includes(method) ? request : null;
    transport
      .send({ method, target: request.url ?? '/', headers, body })
      .then((answer) => {
        const shown = Object.entries(answer.headers).filter(([, value]) => value !== undefined);
        response.writeHead(answer.status, Object.fromEntries(shown) as { [name: string]: string });
        Readable.from(answer.body).pipe(response);
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
