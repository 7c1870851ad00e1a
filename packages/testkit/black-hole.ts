import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { httpTransport } from '@ward/protocol/http-transport';

/** A server that takes every connection and never says a word. */
export class BlackHole {
  readonly #server = createServer();
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.resume();
    });
  }

  static async start(): Promise<BlackHole> {
    const hole = new BlackHole();
    hole.#server.listen(0, '127.0.0.1');
    await once(hole.#server, 'listening');
    return hole;
  }

  /** Connections that were ever taken. */
  get taken(): number {
    return this.#sockets.size;
  }

  /** Connections whose callers still wait. */
  get waiting(): number {
    return [...this.#sockets].filter(({ closed }) => !closed).length;
  }

  get origin(): string {
    const { port } = this.#server.address() as { port: number };
    return `http://127.0.0.1:${port}`;
  }

  /** The way to it over HTTP, which gives up after a minute only. */
  get transport() {
    return httpTransport(this.origin, { isSeparate: true });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
