import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of the bytes of one way. */
export type WireState =
  | 'open'
  /** Nothing arrives, and nobody is told: it comes when the way is open again. */
  | 'silent'
  /** Connections break, and new ones are refused. */
  | 'cut';

/** States of both ways, as whoever dials sees them. */
export interface WireStates {
  readonly there: WireState;
  readonly back: WireState;
}

/** A connection that somebody made through us. */
interface Crossing {
  readonly near: Socket;
  readonly far: Socket;
}

/** A proxy of TCP that can fall silent or break: every byte between two nodes passes it. */
export class Wire {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #crossings = new Set<Crossing>();
  #states: WireStates = { there: 'open', back: 'open' };

  private constructor(target: string) {
    const [host, port] = target.split(':') as [string, string];
    this.#target = { host, port: Number(port) };
    this.#server = createServer((socket) => this.#cross(socket));
  }

  /**
   * @param target Where it leads, as `127.0.0.2:26656`.
   * @param listen Where it is dialled; a free port of the host unless told.
   */
  static async open(
    target: string,
    listen: { readonly host: string; readonly port?: number },
  ): Promise<Wire> {
    const wire = new Wire(target);
    wire.#server.listen({ port: 0, ...listen });
    await once(wire.#server, 'listening');
    return wire;
  }

  /** Where it is dialled. */
  get address(): string {
    const { address, port } = this.#server.address() as { address: string; port: number };
    return `${address}:${port}`;
  }

  #cross(near: Socket): void {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = connect({ ...this.#target, noDelay: true });
    near.setNoDelay(true);
    const crossing = { near, far };
    this.#crossings.add(crossing);
    const end = () => {
      this.#crossings.delete(crossing);
      near.destroy();
      far.destroy();
    };
    for (const [source, target] of [[near, far] as const, [far, near] as const]) {
      source.on('data', (chunk) => {
        if (!target.write(chunk)) source.pause();
      });
      target.on('drain', () => this.#flow(crossing));
      source.on('error', end);
      source.on('close', end);
    }
    this.#flow(crossing);
  }

  get #isCut(): boolean {
    return this.#states.there === 'cut' || this.#states.back === 'cut';
  }

  /** Lets bytes pass, or holds them, as the states of both ways say. */
  #flow({ near, far }: Crossing): void {
    const { there, back } = this.#states;
    const ways = [[near, far, there] as const, [far, near, back] as const];
    for (const [source, target, state] of ways) {
      if (state === 'open' && !target.writableNeedDrain) source.resume();
      else source.pause();
    }
  }

  set(states: WireStates): void {
    this.#states = states;
    for (const crossing of this.#crossings) {
      if (this.#isCut) crossing.near.destroy();
      else this.#flow(crossing);
    }
  }

  close(): void {
    this.#server.close();
    for (const { near, far } of this.#crossings) {
      near.destroy();
      far.destroy();
    }
  }
}
