import { Wire, type WireState } from '@ward/sandbox/wire';

/** What becomes of what one node sends to another. */
export type LinkState = WireState;

/**
 * The wires between nodes: one for each ordered pair, so that every byte passes a place that the
 * test holds. A node dials another at {@link address}.
 */
export class NetworkLinks {
  readonly #targets: readonly string[];
  readonly #wires = new Map<string, Wire>();
  /** By who sends and who would receive. */
  readonly #states = new Map<string, LinkState>();

  /** @param targets Address of each node, by its number. */
  constructor(targets: readonly string[]) {
    this.#targets = targets;
  }

  async open(): Promise<void> {
    for (const from of this.#targets.keys()) {
      for (const [to, target] of this.#targets.entries()) {
        if (from === to) continue;
        // Of its own for who dials: CometBFT keeps one peer for each address.
        const wire = await Wire.open(target, { host: `127.0.0.${from + 2}` });
        this.#wires.set(nameOf(from, to), wire);
      }
    }
  }

  /** Where a node finds another. */
  address(from: number, to: number): string {
    return this.#wires.get(nameOf(from, to))!.address;
  }

  #state(from: number, to: number): LinkState {
    return this.#states.get(nameOf(from, to)) ?? 'open';
  }

  /** Sets what becomes of what `from` sends to `to`, whoever of them dialled. */
  set(from: number, to: number, state: LinkState): void {
    this.#states.set(nameOf(from, to), state);
    const [there, back] = [this.#state(from, to), this.#state(to, from)];
    this.#wires.get(nameOf(from, to))!.set({ there, back });
    this.#wires.get(nameOf(to, from))!.set({ there: back, back: there });
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
    for (const wire of this.#wires.values()) wire.close();
  }
}

function nameOf(from: number, to: number): string {
  return `${from}>${to}`;
}
