import type { VerifiedTransaction } from '@ward/ledger';
import type { Height, TransactionId, TransactionResult, WardError } from '@ward/protocol';
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

/** An id as a key of a map: its bytes as characters. */
function keyOf(id: TransactionId): string {
  return Buffer.from(id.buffer, id.byteOffset, id.length).toString('latin1');
}

/** Transactions that were admitted and wait for a block, in the order of their coming. */
export class WaitingList {
  #items: WaitingTransaction[] = [];
  readonly #ids = new Set<string>();
  #bytes = 0;

  get count(): number {
    return this.#items.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** So little waits that there is time to try what the messages of another one would do. */
  get isShort(): boolean {
    return (
      this.#items.length < ENGINE_LIMITS.triedWaitingMax &&
      this.#bytes < ENGINE_LIMITS.triedWaitingBytesMax
    );
  }

  has(id: TransactionId): boolean {
    return this.#ids.has(keyOf(id));
  }

  /** @throws WardError `ENGINE_BUSY`. */
  checkRoom(): void {
    const isFull =
      this.#items.length >= ENGINE_LIMITS.waitingMax ||
      this.#bytes >= ENGINE_LIMITS.waitingBytesMax;
    if (isFull) throw refuse('ENGINE_BUSY', { waiting: this.#items.length });
  }

  add(waiting: WaitingTransaction): void {
    this.#items.push(waiting);
    this.#ids.add(keyOf(waiting.transaction.id));
    this.#bytes += waiting.transaction.envelope.length;
  }

  /** Takes the first ones, as many as fit into a block of these bounds. */
  take({ countMax, bytesMax }: { countMax: number; bytesMax: number }): WaitingTransaction[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#items.length && count < countMax) {
      const { envelope, id } = this.#items[count]!.transaction;
      if (bytes + envelope.length > bytesMax) break;
      bytes += envelope.length;
      this.#ids.delete(keyOf(id));
      count++;
    }
    const taken = this.#items.slice(0, count);
    this.#items = this.#items.slice(count);
    this.#bytes -= bytes;
    return taken;
  }
}
