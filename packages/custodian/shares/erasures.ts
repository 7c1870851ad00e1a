import {
  type ChartHeader,
  checkCurrent,
  currentKeys,
  isCurrent,
  parseHeader,
  refuseOpening,
  SHARE_DELETION_DELAY_SECONDS,
} from '@ward/charts';
import type { ChartId, Realm, Seconds } from '@ward/protocol';
import type { DurableDatabase, Prover } from '@ward/server';
import { refuse } from '../errors.ts';
import type { ShareStore } from './share-store.ts';

export interface ErasuresOptions {
  readonly database: DurableDatabase;
  readonly shares: ShareStore;
  readonly ledger: Prover;
  readonly realm: Realm;
}

interface Erasure {
  readonly chart: ChartId;
  readonly header: Uint8Array;
  readonly rank: number;
  readonly due: Seconds;
  readonly done: number;
}

const DUE_AT_ONCE = 100;

/**
 * Charts that their owners erased: refused at once, their shares deleted after 21 days. Until then
 * an owner whose key was stolen can take the chart back with the cold key.
 */
export class Erasures {
  readonly #options: ErasuresOptions;
  readonly #find;
  readonly #due;
  readonly #insert;
  readonly #lift;
  readonly #finish;

  constructor(options: ErasuresOptions) {
    this.#options = options;
    const { database } = options;
    const columns = 'SELECT chart, header, rank, due, done FROM erasures';
    this.#find = database.prepare(`${columns} WHERE chart = ?`);
    this.#due = database.prepare(`${columns} WHERE done = 0 AND due <= ? LIMIT ${DUE_AT_ONCE}`);
    this.#insert = database.prepare(
      'INSERT INTO erasures (chart, header, rank, due) VALUES (?, ?, ?, ?)',
    );
    this.#lift = database.prepare('DELETE FROM erasures WHERE chart = ? AND done = 0');
    this.#finish = database.prepare('UPDATE erasures SET done = 1 WHERE chart = ?');
  }

  #of(chart: ChartId): Erasure | undefined {
    return this.#find.get(chart) as Erasure | undefined;
  }

  /**
   * Refuses a chart whose erasure was shown, unless the header that is shown now is of an authority
   * that the cold key named since.
   *
   * @throws WardError `CHART_CLOSED`.
   */
  check(chart: ChartId, header?: ChartHeader): void {
    const erasure = this.#of(chart);
    if (erasure === undefined) return;
    const rank = header?.predecessors.length ?? 0;
    if (erasure.done === 1 || rank <= erasure.rank) throw refuseOpening('CHART_CLOSED');
  }

  /**
   * Takes note of an erased chart. The header must be the chart's current one: who has an old key
   * erases nothing.
   *
   * @returns When the shares will be gone; the same each time.
   * @throws WardError `ERASURE_UNPROVED`, `HEADER_NOT_CURRENT`, `SHARE_UNKNOWN`, and what parsing
   * and the ledger throw.
   */
  async show(chart: ChartId, bytes: Uint8Array, now: Seconds): Promise<Seconds> {
    const { database, shares, ledger, realm } = this.#options;
    const verified = parseHeader(bytes, chart, realm);
    if (verified.header.state !== 'erased') throw refuse('ERASURE_UNPROVED');
    const known = this.#of(chart);
    if (known !== undefined) return known.due;
    if (shares.countOf(chart) === 0) throw refuseOpening('SHARE_UNKNOWN');
    checkCurrent(verified, await ledger.prove(currentKeys(verified, realm)), realm);
    const due = now + SHARE_DELETION_DELAY_SECONDS;
    return database.write(() => {
      const other = this.#of(chart);
      if (other !== undefined) return other.due;
      this.#insert.run(chart, bytes, verified.header.predecessors.length, due);
      return due;
    });
  }

  /**
   * Deletes the shares whose time has come. An erasure that is not the chart's current state any
   * more was not the owner's last word: it is lifted.
   */
  async run(now: Seconds): Promise<number> {
    const { database, shares, ledger, realm } = this.#options;
    const due = this.#due.all(now) as unknown as Erasure[];
    for (const { chart, header } of due) {
      const verified = parseHeader(header, chart, realm);
      const state = await ledger.prove(currentKeys(verified, realm));
      await database.write(() => {
        if (!isCurrent(verified, state, realm)) {
          this.#lift.run(chart);
          return;
        }
        shares.removeChart(chart);
        this.#finish.run(chart);
      });
    }
    if (due.length > 0) database.forgetDeleted();
    return due.length;
  }
}
