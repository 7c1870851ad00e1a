import { sealNotice } from '@ward/charts';
import type { AccountId, ChartId, Realm, Seconds } from '@ward/protocol';
import type { DurableDatabase } from '@ward/server';
import type { VaultLimits } from '../limits.ts';
import type { LetterBoxes } from './letter-box.ts';

const DAY_SECONDS = 86_400;

export interface NoticesOptions {
  readonly index: DurableDatabase;
  readonly boxes: LetterBoxes;
  readonly limits: VaultLimits;
  readonly realm: Realm;
}

export interface PostedNotice {
  readonly chart: ChartId;
  /** Key of the chart's mailbox, from its newest header. */
  readonly mailboxKey: Uint8Array;
  /** Who posts it. */
  readonly organisation: AccountId;
  readonly sealed: Uint8Array;
}

type Tally = { readonly count: number; readonly summary: number | null; readonly told: number };

/**
 * Notices in the mailboxes of charts: so many a day from one organisation, then one summary that
 * says how many more there were, so that nobody drowns a notice in others.
 */
export class Notices {
  readonly #options: NoticesOptions;
  readonly #count;
  readonly #tally;
  readonly #summarise;
  readonly #forget;
  #forgottenBefore = 0;

  constructor(options: NoticesOptions) {
    this.#options = options;
    const { index } = options;
    this.#count = index.prepare(`
      INSERT INTO notices (chart, organisation, day, count) VALUES (?, ?, ?, 1)
      ON CONFLICT DO UPDATE SET count = count + 1 RETURNING count
    `);
    const where = 'WHERE chart = ? AND organisation = ? AND day = ?';
    this.#tally = index.prepare(`SELECT count, summary, told FROM notices ${where}`);
    this.#summarise = index.prepare(`UPDATE notices SET summary = ?, told = ? ${where}`);
    this.#forget = index.prepare('DELETE FROM notices WHERE day < ?');
  }

  /** Keeps notices, or counts them, durably: all of them together. */
  async post(posted: readonly PostedNotice[], now: Seconds): Promise<void> {
    const { index, limits } = this.#options;
    const day = Math.floor(now / DAY_SECONDS);
    const counts = await index.write(() => {
      this.#forgetBefore(day - 1);
      return posted.map((notice) => this.#keep(notice, day, now));
    });
    for (const [i, count] of counts.entries()) {
      const more = count - limits.noticesDayMax;
      if (more > 0) await this.#writeSummary({ ...posted[i]!, day, more }, now);
    }
  }

  /** @returns How many of its organisation came for its chart on this day. */
  #keep({ chart, organisation, sealed }: PostedNotice, day: number, now: Seconds): number {
    const { boxes, limits } = this.#options;
    const { count } = this.#count.get(chart, organisation, day) as { count: number };
    if (count <= limits.noticesDayMax) boxes.add({ kind: 'mailbox', id: chart }, sealed, now);
    return count;
  }

  /** Inside a transaction, once for each day. */
  #forgetBefore(day: number): void {
    if (this.#forgottenBefore === day) return;
    this.#forget.run(day);
    this.#forgottenBefore = day;
  }

  /** The summary takes the place of the one before it, with a new number: it is news. */
  async #writeSummary(
    { chart, organisation, day, mailboxKey, more }: SummaryPlace,
    now: Seconds,
  ): Promise<void> {
    const { index, boxes, realm } = this.#options;
    const notice = { kind: 'summary', custodian: organisation, count: more } as const;
    const key = realm.crypto.kem.sealingKey(mailboxKey);
    const sealed = await sealNotice({ time: now, notice }, { chart, key }, realm);
    const box = { kind: 'mailbox', id: chart } as const;
    await index.write(() => {
      const tally = this.#tally.get(chart, organisation, day) as Tally | undefined;
      // A later one was faster, or the day is over.
      if (tally === undefined || tally.told >= more) return;
      if (tally.summary !== null) boxes.remove(box, tally.summary);
      this.#summarise.run(boxes.add(box, sealed, now), more, chart, organisation, day);
    });
  }
}

interface SummaryPlace {
  readonly chart: ChartId;
  readonly organisation: AccountId;
  readonly day: number;
  readonly mailboxKey: Uint8Array;
  readonly more: number;
}
