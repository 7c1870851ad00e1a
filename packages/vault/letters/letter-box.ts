import type { Letters } from '@ward/charts';
import type { Seconds } from '@ward/protocol';
import type { DurableDatabase } from '@ward/server';
import type { VaultLimits } from '../limits.ts';

/** Mailboxes are charts', inboxes are organisations'. */
export type BoxKind = 'inbox' | 'mailbox';

export interface Box {
  readonly kind: BoxKind;
  /** Chart or organisation. */
  readonly id: Uint8Array;
}

type Letter = Letters['letters'][number];

/** Sealed letters in boxes, numbered in each from 1; a number is never used twice. */
export class LetterBoxes {
  readonly #index: DurableDatabase;
  readonly #limits: VaultLimits;
  readonly #next;
  readonly #insert;
  readonly #page;
  readonly #deleteUpTo;
  readonly #deleteOne;
  readonly #count;

  constructor(index: DurableDatabase, limits: VaultLimits) {
    this.#index = index;
    this.#limits = limits;
    this.#next = index.prepare(`
      INSERT INTO boxes (kind, box, last) VALUES (?, ?, 1)
      ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last
    `);
    this.#insert = index.prepare(
      'INSERT INTO letters (kind, box, number, time, sealed) VALUES (?, ?, ?, ?, ?)',
    );
    this.#page = index.prepare(`
      SELECT number, time, sealed FROM letters WHERE kind = ? AND box = ? AND number > ?
      ORDER BY number LIMIT ?
    `);
    this.#deleteUpTo = index.prepare(
      'DELETE FROM letters WHERE kind = ? AND box = ? AND number <= ?',
    );
    this.#deleteOne = index.prepare(
      'DELETE FROM letters WHERE kind = ? AND box = ? AND number = ?',
    );
    this.#count = index.prepare('SELECT count(*) AS count FROM letters WHERE kind = ? AND box = ?');
  }

  /** Adds a letter, inside a transaction; returns its number. */
  add({ kind, id }: Box, sealed: Uint8Array, time: Seconds): number {
    const { last } = this.#next.get(kind, id) as { last: number };
    this.#insert.run(kind, id, last, time, sealed);
    return last;
  }

  /** Removes one letter, inside a transaction. */
  remove({ kind, id }: Box, number: number): void {
    this.#deleteOne.run(kind, id, number);
  }

  count({ kind, id }: Box): number {
    return (this.#count.get(kind, id) as { count: number }).count;
  }

  /** Letters behind a number, oldest first, as many as one answer holds. */
  list({ kind, id }: Box, after: number): Letter[] {
    const { pageLettersMax, pageBytesMax } = this.#limits;
    const page: Letter[] = [];
    let bytes = 0;
    for (const row of this.#page.iterate(kind, id, after, pageLettersMax)) {
      const letter = row as unknown as Letter;
      bytes += letter.sealed.length;
      if (bytes > pageBytesMax && page.length > 0) break;
      page.push({ ...letter });
    }
    return page;
  }

  /** Deletes the letters up to a number, durably. */
  async deleteUpTo({ kind, id }: Box, number: number): Promise<void> {
    await this.#index.write(() => this.#deleteUpTo.run(kind, id, number));
  }
}
