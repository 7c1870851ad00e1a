import type { Height, Seconds, TransactionId } from '@ward/protocol';
import { IdTable } from './id-table.ts';
import { REPLAY_PLACES } from './ledger-state.ts';

const SECONDS_PER_MINUTE = 60;

/** Ids that are valid until some second of one minute. */
interface Minute {
  readonly minute: number;
  /** Ordinals in the table are heights above this. */
  readonly baseHeight: Height;
  readonly ids: IdTable;
}

/** An id that the block at hand takes, with the minute in which it ends. */
export interface TakenId {
  readonly id: TransactionId;
  readonly minute: number;
  /** Place in the block. */
  readonly index: number;
}

export function minuteOf(validUntil: Seconds): number {
  return Math.floor(validUntil / SECONDS_PER_MINUTE);
}

/** The last second of a minute: nothing that ends in the minute is valid then. */
export function minuteEnd(minute: number): Seconds {
  return (minute + 1) * SECONDS_PER_MINUTE - 1;
}

/**
 * Ids of transactions that were taken and whose time has not passed. The block at hand keeps its
 * own until it is committed.
 */
export class ReplayMemory {
  readonly #minutes: (Minute | undefined)[] = new Array(REPLAY_PLACES).fill(undefined);
  readonly #pendingIds = new IdTable();
  readonly #pending: TakenId[] = [];

  /** Ids that the block at hand took, in its order. */
  get pending(): readonly TakenId[] {
    return this.#pending;
  }

  get sizeBytes(): number {
    return this.#minutes.reduce((sum, minute) => sum + (minute?.ids.sizeBytes ?? 0), 0);
  }

  get count(): number {
    return this.#minutes.reduce((sum, minute) => sum + (minute?.ids.count ?? 0), 0);
  }

  /** @param validUntil That of the transaction: an id has only one. */
  has(id: TransactionId, validUntil: Seconds): boolean {
    const minute = minuteOf(validUntil);
    const kept = this.#minutes[minute % REPLAY_PLACES];
    if (kept !== undefined && kept.minute === minute && kept.ids.has(id)) return true;
    return this.#pendingIds.has(id);
  }

  /** Where a committed transaction stands, as long as its id is remembered. */
  find(id: TransactionId): { readonly height: Height; readonly index: number } | undefined {
    for (const minute of this.#minutes) {
      const found = minute?.ids.get(id);
      if (minute !== undefined && found !== undefined) {
        return { height: minute.baseHeight + found.ordinal, index: found.index };
      }
    }
    return undefined;
  }

  /** Takes an id into the block at hand. */
  take(taken: TakenId): void {
    this.#pendingIds.add(taken.id, taken.index + 1, 0);
    this.#pending.push(taken);
  }

  /** Forgets what the block at hand took. */
  discard(): void {
    this.#pendingIds.clear();
    this.#pending.length = 0;
  }

  /** Forgets everything, for a ledger that goes on from another state. */
  clear(): void {
    this.discard();
    this.#minutes.fill(undefined);
  }

  /** Remembers what the block at hand took. */
  commit(height: Height): void {
    for (const taken of this.#pending) this.remember(taken, height);
    this.discard();
  }

  /** Remembers an id of a committed block. */
  remember({ id, minute, index }: TakenId, height: Height): void {
    const place = minute % REPLAY_PLACES;
    let kept = this.#minutes[place];
    if (kept === undefined || kept.minute < minute) {
      kept = { minute, baseHeight: height - 1, ids: new IdTable() };
      this.#minutes[place] = kept;
    }
    if (kept.minute !== minute) throw new Error('an id is remembered past its time');
    kept.ids.add(id, height - kept.baseHeight, index);
  }

  /** Drops the minutes whose last second has passed; only a block with transactions does it. */
  drop(time: Seconds): void {
    for (let place = 0; place < REPLAY_PLACES; place++) {
      const minute = this.#minutes[place]?.minute;
      if (minute !== undefined && minuteEnd(minute) <= time) {
        this.#minutes[place] = undefined;
      }
    }
  }
}
