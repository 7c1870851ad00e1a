import { type Crypto, type Seconds, TRANSACTION_LIMITS, type TransactionId } from '@ward/protocol';
import { bytesKey } from '../bytes-key.ts';
import { WaitingList, type WaitingTransaction } from '../embedded/waiting-list.ts';
import { refuse } from '../errors.ts';
import { ENGINE_LIMITS } from '../limits.ts';
import type { AuthorOf } from './authors.ts';
import { CONTAINER_LIMITS, nameOfContainer, packContainer } from './container.ts';
import { Shares } from './shares.ts';

export const POOL_LIMITS = {
  /** Containers, and their bytes, that are known and stand in no block yet. */
  containersMax: 4096,
  containersBytesMax: 128 * 1024 * 1024,
  /** Committed containers that are remembered, so that a late copy does not come in again. */
  committedMax: 8192,
} as const;

/** Everything that waits. */
const ALL = { countMax: ENGINE_LIMITS.waitingMax, bytesMax: Number.POSITIVE_INFINITY };
/** A container of which no block took anything yet is told to the others again after so long. */
const RETELL_MS = 5000;

/** A container that a block may take. */
export interface WaitingContainer {
  readonly bytes: Uint8Array;
  /** Bytes of the envelopes in it, which is what it costs to verify and to execute. */
  readonly sizeBytes: number;
}

interface PooledContainer extends WaitingContainer {
  /** Whose share it takes. */
  readonly author: string;
  /** What is not is not proposed. */
  state: 'unverified' | 'being-verified' | 'verified';
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
 * others, that no block has taken. Nobody fills it: each author has a share of its room, of the
 * verification of what comes from other nodes, and of what is proposed. Who waits for one of our
 * transactions is told when a block takes it, whoever's container it came in.
 */
export class ContainerPool {
  readonly #crypto: Crypto;
  readonly #waiting = new WaitingList();
  /** Ours, packed and in no block. */
  readonly #packed = new Map<string, WaitingTransaction>();
  readonly #containers = new Map<string, PooledContainer>();
  readonly #committed = new Set<string>();
  /** Transactions of ours that are in no block. */
  readonly #own = new Shares(ENGINE_LIMITS.waitingMax);
  readonly #counts = new Shares(POOL_LIMITS.containersMax);
  readonly #bytes = new Shares(POOL_LIMITS.containersBytesMax);
  /** Whose each of our transactions is, as it was known when it came. */
  readonly #authors = new WeakMap<WaitingTransaction, string>();
  readonly authorOf: AuthorOf;
  /** Told when something more may be proposed, and when nothing of ours will be. */
  onReady: (() => void) | undefined;
  /** Told when there is more of ours to tell the others, and when there will be nothing. */
  onOwn: (() => void) | undefined;

  /** @param authorOf Unless told, all have one share. */
  constructor(crypto: Crypto, authorOf: AuthorOf = () => '') {
    this.#crypto = crypto;
    this.authorOf = authorOf;
  }

  /** Our transactions that are in no block yet. */
  get count(): number {
    return this.#waiting.count + this.#packed.size;
  }

  /** Whether something may be proposed. */
  get isReady(): boolean {
    return this.#waiting.count > 0 || this.containers().next().done === false;
  }

  /** Bytes of what waits to be packed and of what is in all containers. */
  get bytes(): number {
    return this.#waiting.bytes + this.#bytes.total;
  }

  has(id: TransactionId): boolean {
    return this.#waiting.has(id) || this.#packed.has(bytesKey(id));
  }

  /**
   * Whether there is room for one more of its author.
   *
   * @throws WardError `ENGINE_BUSY`.
   */
  checkRoom(envelope: Uint8Array): void {
    this.#waiting.checkRoom();
    const author = this.authorOf(envelope);
    const isFull = !this.#own.hasRoom(author) || !this.#hasRoom(author);
    if (isFull) throw refuse('ENGINE_BUSY', { waiting: this.count });
  }

  #hasRoom(author: string): boolean {
    return this.#counts.hasRoom(author) && this.#bytes.hasRoom(author);
  }

  add(waiting: WaitingTransaction): void {
    this.#waiting.add(waiting);
    const author = this.authorOf(waiting.transaction.envelope);
    this.#authors.set(waiting, author);
    this.#own.take(author, 1);
    this.onReady?.();
    this.onOwn?.();
  }

  /** Packs what waits, each author's by itself. @returns What the new containers hold. */
  pack(now: Seconds): PackedContainer[] {
    const lists = new Map<string, WaitingTransaction[]>();
    for (const one of this.#waiting.take(ALL)) {
      const author = this.#authors.get(one)!;
      const list = lists.get(author);
      if (list === undefined) lists.set(author, [one]);
      else list.push(one);
    }
    return [...lists].flatMap(([author, list]) => this.#packAll(list, author, now));
  }

  #packAll(list: readonly WaitingTransaction[], author: string, now: Seconds): PackedContainer[] {
    return parts(list).map((waiting) => {
      for (const one of waiting) this.#packed.set(bytesKey(one.transaction.id), one);
      const envelopes = waiting.map(({ transaction }) => transaction.envelope);
      const bytes = packContainer(envelopes);
      const sizeBytes = envelopes.reduce((sum, { length }) => sum + length, 0);
      const told = { since: now, own: waiting, toldMs: undefined };
      this.#keep({ ...told, bytes, sizeBytes, author, state: 'verified' });
      return { bytes, waiting };
    });
  }

  /** Whether a container of another node is new here. */
  isKnown(container: Uint8Array): boolean {
    const name = nameOfContainer(container, this.#crypto);
    return this.#containers.has(name) || this.#committed.has(name);
  }

  /**
   * Takes a container of another node, to be verified in its turn, unless it is known.
   *
   * @returns False where there is no room for it.
   */
  insert(container: WaitingContainer & { readonly author: string }, now: Seconds): boolean {
    if (this.isKnown(container.bytes)) return true;
    if (!this.#hasRoom(container.author)) return false;
    // It was another node that told of it.
    const told = { since: now, own: [], toldMs: Number.POSITIVE_INFINITY };
    this.#keep({ ...told, ...container, state: 'unverified' });
    return true;
  }

  #keep(container: PooledContainer): void {
    const { bytes, author, sizeBytes } = container;
    this.#containers.set(nameOfContainer(bytes, this.#crypto), container);
    this.#counts.take(author, 1);
    this.#bytes.take(author, sizeBytes);
  }

  /**
   * The container to be verified next: the oldest of the author of whom least is verified and
   * waits. Undefined where enough of everyone's is: the rest costs nothing until blocks have taken
   * what was before it.
   *
   * @param aheadBytesMax Bytes of one author that may be verified and wait.
   */
  takeUnverified(aheadBytesMax: number): Uint8Array | undefined {
    const ahead = new Map<string, number>();
    const oldest = new Map<string, PooledContainer>();
    for (const container of this.#containers.values()) {
      const { author, state, sizeBytes } = container;
      if (state !== 'unverified') ahead.set(author, (ahead.get(author) ?? 0) + sizeBytes);
      else if (!oldest.has(author)) oldest.set(author, container);
    }
    const aheadOf = ({ author }: PooledContainer) => ahead.get(author) ?? 0;
    const [next] = [...oldest.values()].sort((a, b) => aheadOf(a) - aheadOf(b));
    if (next === undefined || aheadOf(next) >= aheadBytesMax) return undefined;
    next.state = 'being-verified';
    return next.bytes;
  }

  /** A container that was taken to be verified may be proposed, or is forgotten. */
  judge(container: Uint8Array, isGood: boolean): void {
    const name = nameOfContainer(container, this.#crypto);
    const known = this.#containers.get(name);
    if (known === undefined) return;
    if (!isGood) {
      this.#forget(name);
      return;
    }
    known.state = 'verified';
    this.onReady?.();
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

  /**
   * All that may be proposed: next is always the oldest container of the author who has the fewest
   * bytes before it.
   */
  *containers(): Generator<WaitingContainer> {
    const queues = new Map<string, WaitingContainer[]>();
    for (const container of this.#containers.values()) {
      const { author, state } = container;
      if (state !== 'verified') continue;
      const queue = queues.get(author);
      if (queue === undefined) queues.set(author, [container]);
      else queue.push(container);
    }
    const turns = [...queues.values()].map((queue) => ({ queue, next: 0, size: 0 }));
    while (turns.length > 0) {
      const turn = turns.reduce((least, other) => (other.size < least.size ? other : least));
      const container = turn.queue[turn.next++]!;
      turn.size += container.sizeBytes;
      if (turn.next === turn.queue.length) turns.splice(turns.indexOf(turn), 1);
      yield container;
    }
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
    this.#counts.give(container.author, 1);
    this.#bytes.give(container.author, container.sizeBytes);
    this.#containers.delete(name);
  }

  /**
   * Who of ours waits for a transaction; they are not asked for again. It may not be packed: where
   * CometBFT was started again, it brings blocks, in which others' containers have it, before it
   * asks for ours.
   */
  takeSubmitter(id: TransactionId): WaitingTransaction | undefined {
    const name = bytesKey(id);
    const waiting = this.#packed.get(name) ?? this.#waiting.takeOne(id);
    if (waiting === undefined) return undefined;
    this.#packed.delete(name);
    this.#own.give(this.#authors.get(waiting)!, 1);
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
    const packed = [...this.#packed.values()];
    this.#packed.clear();
    this.onReady?.();
    this.onOwn?.();
    return [...packed, ...this.#waiting.take(ALL)];
  }
}

/** Transactions in their order, each part as many as fit into a container. */
function parts(list: readonly WaitingTransaction[]): WaitingTransaction[][] {
  const all: WaitingTransaction[][] = [];
  let part: WaitingTransaction[] = [];
  let size = 0;
  for (const one of list) {
    const { length } = one.transaction.envelope;
    const isFull =
      part.length === CONTAINER_LIMITS.transactionsMax ||
      size + length > CONTAINER_LIMITS.envelopesBytesMax;
    if (part.length === 0 || isFull) {
      part = [];
      size = 0;
      all.push(part);
    }
    part.push(one);
    size += length;
  }
  return all;
}
