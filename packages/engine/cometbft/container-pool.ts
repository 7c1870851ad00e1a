import { type Crypto, type Seconds, TRANSACTION_LIMITS, type TransactionId } from '@ward/protocol';
import { WaitingList, type WaitingTransaction } from '../embedded/waiting-list.ts';
import { refuse } from '../errors.ts';
import { ENGINE_LIMITS } from '../limits.ts';
import { CONTAINER_LIMITS, Container, nameOf, nameOfContainer } from './container.ts';

export const POOL_LIMITS = {
  /** Containers, and their bytes, that are known and stand in no block yet. */
  containersMax: 4096,
  containersBytesMax: 128 * 1024 * 1024,
  /** Committed containers that are remembered, so that a late copy does not come in again. */
  committedMax: 8192,
} as const;

/** A container of which no block took anything yet is told to the others again after so long. */
const RETELL_MS = 5000;

interface PooledContainer {
  readonly bytes: Uint8Array;
  /** Time of the ledger when it came; what it holds is past its time 180 s later. */
  readonly since: Seconds;
  /** Ours that it holds; none in a container of another node. */
  readonly own: readonly WaitingTransaction[];
  /** When the others were told of it; undefined before. */
  toldMs: number | undefined;
}

/** What was packed into a container of our own. */
export interface PackedContainer {
  readonly bytes: Uint8Array;
  readonly waiting: readonly WaitingTransaction[];
}

/**
 * The mempool of a node: transactions that wait to be packed, and containers, of this node and of
 * others, that no block has taken. Who waits for one of our transactions is told when a block takes
 * it, whoever's container it came in.
 */
export class ContainerPool {
  readonly #crypto: Crypto;
  readonly #waiting = new WaitingList();
  /** Ours, packed and in no block. */
  readonly #packed = new Map<string, WaitingTransaction>();
  readonly #containers = new Map<string, PooledContainer>();
  readonly #committed = new Set<string>();
  #bytes = 0;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** Our transactions that are in no block yet. */
  get count(): number {
    return this.#waiting.count + this.#packed.size;
  }

  /** Bytes of what waits to be packed and of all containers. */
  get bytes(): number {
    return this.#waiting.bytes + this.#bytes;
  }

  has(id: TransactionId): boolean {
    return this.#waiting.has(id) || this.#packed.has(nameOf(id));
  }

  /** @throws WardError `ENGINE_BUSY`. */
  checkRoom(): void {
    this.#waiting.checkRoom();
    const isFull = this.count >= ENGINE_LIMITS.waitingMax || !this.#hasRoom;
    if (isFull) throw refuse('ENGINE_BUSY', { waiting: this.count });
  }

  get #hasRoom(): boolean {
    const { containersMax, containersBytesMax } = POOL_LIMITS;
    return this.#containers.size < containersMax && this.#bytes < containersBytesMax;
  }

  add(waiting: WaitingTransaction): void {
    this.#waiting.add(waiting);
  }

  /** Packs what waits. @returns What the new containers hold. */
  pack(now: Seconds): PackedContainer[] {
    const packed: PackedContainer[] = [];
    while (this.#waiting.count > 0) {
      const waiting = this.#waiting.take({
        countMax: CONTAINER_LIMITS.transactionsMax,
        bytesMax: CONTAINER_LIMITS.envelopesBytesMax,
      });
      for (const one of waiting) this.#packed.set(nameOf(one.transaction.id), one);
      const envelopes = waiting.map(({ transaction }) => transaction.envelope);
      const bytes = Container.encode({ envelopes });
      this.#keep(bytes, { since: now, own: waiting, toldMs: undefined });
      packed.push({ bytes, waiting });
    }
    return packed;
  }

  /** Whether a container of another node is new here, and there is room for it. */
  wants(container: Uint8Array): 'yes' | 'known' | 'full' {
    const name = nameOfContainer(container, this.#crypto);
    if (this.#containers.has(name) || this.#committed.has(name)) return 'known';
    return this.#hasRoom ? 'yes' : 'full';
  }

  /** Takes a container of another node, which was verified. */
  insert(container: Uint8Array, now: Seconds): void {
    if (this.wants(container) !== 'yes') return;
    // It was another node that told of it.
    this.#keep(container, { since: now, own: [], toldMs: Number.POSITIVE_INFINITY });
  }

  #keep(bytes: Uint8Array, container: Omit<PooledContainer, 'bytes'>): void {
    this.#containers.set(nameOfContainer(bytes, this.#crypto), { bytes, ...container });
    this.#bytes += bytes.length;
  }

  /** Our containers that the others have to be told of now. */
  tell(nowMs: number): Uint8Array[] {
    const told: Uint8Array[] = [];
    for (const container of this.#containers.values()) {
      const { toldMs } = container;
      if (toldMs !== undefined && nowMs - toldMs < RETELL_MS) continue;
      container.toldMs = nowMs;
      told.push(container.bytes);
    }
    return told;
  }

  /** All containers, in the order of their coming. */
  *containers(): Generator<Uint8Array> {
    for (const { bytes } of this.#containers.values()) yield bytes;
  }

  /** Forgets containers that a block took. */
  commit(containers: readonly Uint8Array[]): void {
    for (const container of containers) {
      const name = nameOfContainer(container, this.#crypto);
      this.#forget(name);
      this.#committed.add(name);
      if (this.#committed.size <= POOL_LIMITS.committedMax) continue;
      this.#committed.delete(this.#committed.values().next().value!);
    }
  }

  #forget(name: string): void {
    const container = this.#containers.get(name);
    if (container === undefined) return;
    this.#bytes -= container.bytes.length;
    this.#containers.delete(name);
  }

  /** Who of ours waits for a transaction; they are not asked for again. */
  takeSubmitter(id: TransactionId): WaitingTransaction | undefined {
    const name = nameOf(id);
    const waiting = this.#packed.get(name);
    this.#packed.delete(name);
    return waiting;
  }

  /** Forgets containers whose transactions are past their time. @returns Who of ours waited. */
  expire(time: Seconds): WaitingTransaction[] {
    const expired: WaitingTransaction[] = [];
    for (const [name, { since, own }] of this.#containers) {
      if (since + TRANSACTION_LIMITS.validForSecondsMax >= time) break;
      this.#forget(name);
      for (const { transaction } of own) {
        const waiting = this.takeSubmitter(transaction.id);
        if (waiting !== undefined) expired.push(waiting);
      }
    }
    return expired;
  }

  /** Everyone of ours who waits: there will be no answer. */
  takeAll(): WaitingTransaction[] {
    const all = { countMax: ENGINE_LIMITS.waitingMax, bytesMax: Number.POSITIVE_INFINITY };
    const waiting = [...this.#packed.values(), ...this.#waiting.take(all)];
    this.#packed.clear();
    return waiting;
  }
}
