import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of what one node sends to another. */
export type LinkState =
  | 'open'
  /** Nothing arrives, and nobody is told: it comes when the link is open again. */
  | 'silent'
  /** Connections break, and new ones are refused. */
  | 'cut';

/** A connection that one node made to another, through us. */
interface Crossing {
  readonly near: Socket;
  readonly far: Socket;
}

/**
 * The wires between nodes: one proxy for each ordered pair, so that every byte passes a place that
 * the test holds. A node dials another at {@link address}.
 */
export class NetworkLinks {
  readonly #targets: readonly string[];
  readonly #servers = new Map<string, Server>();
  readonly #addresses = new Map<string, string>();
  readonly #crossings = new Map<string, Set<Crossing>>();
  /** By who sends and who would receive. */
  readonly #states = new Map<string, LinkState>();

  /** @param targets Address of each node, by its number. */
  constructor(targets: readonly string[]) {
    this.#targets = targets;
  }

  async open(): Promise<void> {
    for (const from of this.#targets.keys()) {
      for (const to of this.#targets.keys()) if (from !== to) await this.#listen(from, to);
    }
  }

  async #listen(from: number, to: number): Promise<void> {
    const name = nameOf(from, to);
    const server = createServer((socket) => this.#cross(socket, { from, to }));
    // Of its own for who dials: CometBFT keeps one peer for each address.
    server.listen({ host: `127.0.0.${from + 2}`, port: 0 });
    await once(server, 'listening');
    const { address, port } = server.address() as { address: string; port: number };
    this.#servers.set(name, server);
    this.#addresses.set(name, `${address}:${port}`);
    this.#crossings.set(name, new Set());
  }

  /** Where a node finds another. */
  address(from: number, to: number): string {
    return this.#addresses.get(nameOf(from, to))!;
  }

  #cross(near: Socket, { from, to }: { readonly from: number; readonly to: number }): void {
    const crossings = this.#crossings.get(nameOf(from, to))!;
    if (this.#state(from, to) === 'cut' || this.#state(to, from) === 'cut') {
      near.destroy();
      return;
    }
    const [host, port] = this.#targets[to]!.split(':') as [string, string];
    const far = connect({ host, port: Number(port), noDelay: true });
    near.setNoDelay(true);
    const crossing = { near, far };
    crossings.add(crossing);
    const end = () => {
      crossings.delete(crossing);
      near.destroy();
      far.destroy();
    };
    for (const [source, target] of [[near, far] as const, [far, near] as const]) {
      source.on('data', (chunk) => {
        if (!target.write(chunk)) source.pause();
      });
      target.on('drain', () => this.#flow(crossing, { from, to }));
      source.on('error', end);
      source.on('close', end);
    }
    this.#flow(crossing, { from, to });
  }

  /** Lets bytes pass, or holds them, as the states of both ways say. */
  #flow({ near, far }: Crossing, { from, to }: { readonly from: number; readonly to: number }) {
    const ways = [
      [near, far, this.#state(from, to)],
      [far, near, this.#state(to, from)],
    ] as const;
    for (const [source, target, state] of ways) {
      if (state === 'open' && !target.writableNeedDrain) source.resume();
      else source.pause();
    }
  }

  #state(from: number, to: number): LinkState {
    return this.#states.get(nameOf(from, to)) ?? 'open';
  }

  /** Sets what becomes of what `from` sends to `to`. */
  set(from: number, to: number, state: LinkState): void {
    this.#states.set(nameOf(from, to), state);
    for (const pair of [
      { from, to },
      { from: to, to: from },
    ]) {
      for (const crossing of this.#crossings.get(nameOf(pair.from, pair.to)) ?? []) {
        if (state === 'cut') crossing.near.destroy();
        else this.#flow(crossing, pair);
      }
    }
  }

  /** Parts the nodes into groups that do not hear each other. */
  part(groups: readonly (readonly number[])[], state: Exclude<LinkState, 'open'>): void {
    for (const group of groups) {
      for (const other of groups) {
        if (group === other) continue;
        for (const from of group) for (const to of other) this.set(from, to, state);
      }
    }
  }

  heal(): void {
    for (const name of [...this.#states.keys()]) {
      const [from, to] = name.split('>').map(Number) as [number, number];
      this.set(from, to, 'open');
    }
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
    for (const crossings of this.#crossings.values()) {
      for (const { near, far } of crossings) {
        near.destroy();
        far.destroy();
      }
    }
  }
}

function nameOf(from: number, to: number): string {
  return `${from}>${to}`;
}
