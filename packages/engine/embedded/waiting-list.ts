import type { VerifiedTransaction } from '@ward/ledger';
import type { Height, TransactionId, TransactionResult, WardError } from '@ward/protocol';
import { bytesKey } from '../bytes-key.ts';
import { refuse } from '../errors.ts';
import { ENGINE_LIMITS } from '../limits.ts';

/** Somebody who sends transactions and is told what became of each, by a number of its own. */
export interface Submitter {
  committed(token: number, place: CommittedPlace): void;
  refused(token: number, error: WardError): void;
  /** All that can be told by now was told: answers may go out. */
  settled(): void;
}

export interface CommittedPlace {
  readonly height: Height;
  readonly index: number;
  readonly result: TransactionResult;
}

export interface WaitingTransaction {
  readonly transaction: VerifiedTransaction;
  readonly submitter: Submitter;
  readonly token: number;
}

/** Transactions that were admitted and wait for a block, in the order of their coming. */
export class WaitingList {
  readonly #items = new Map<string, WaitingTransaction>();
  #bytes = 0;

  get count(): number {
    return this.#items.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** So little waits that there is time to try what the messages of another one would do. */
  get isShort(): boolean {
    return (
      this.#items.size < ENGINE_LIMITS.triedWaitingMax &&
      this.#bytes < ENGINE_LIMITS.triedWaitingBytesMax
    );
  }

  has(id: TransactionId): boolean {
    return this.#items.has(bytesKey(id));
  }

  /** @throws WardError `ENGINE_BUSY`. */
  checkRoom(): void {
    const isFull =
      this.#items.size >= ENGINE_LIMITS.waitingMax || this.#bytes >= ENGINE_LIMITS.waitingBytesMax;
    if (isFull) throw refuse('ENGINE_BUSY', { waiting: this.#items.size });
  }

  /** @param waiting One whose id does not wait here. */
  add(waiting: WaitingTransaction): void {
    this.#items.set(bytesKey(waiting.transaction.id), waiting);
    this.#bytes += waiting.transaction.envelope.length;
  }

  /** Takes the first ones, as many as fit into a block of these bounds. */
  take({ countMax, bytesMax }: { countMax: number; bytesMax: number }): WaitingTransaction[] {
    const taken: WaitingTransaction[] = [];
    let bytes = 0;
    for (const [key, waiting] of this.#items) {
      const { length } = waiting.transaction.envelope;
      if (taken.length >= countMax || bytes + length > bytesMax) break;
      bytes += length;
      taken.push(waiting);
      this.#items.delete(key);
    }
    this.#bytes -= bytes;
    return taken;
  }

  /** Takes one out of its turn. @returns Undefined where it does not wait here. */
  takeOne(id: TransactionId): WaitingTransaction | undefined {
    const key = bytesKey(id);
    const waiting = this.#items.get(key);
    if (waiting === undefined) return undefined;
    this.#items.delete(key);
    this.#bytes -= waiting.transaction.envelope.length;
    return waiting;
  }
}
