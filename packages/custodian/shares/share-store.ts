import type { KeptShare } from '@ward/charts';
import { type ChartId, type Crypto, concatBytes, equalBytes, type Random } from '@ward/protocol';
import type { DurableDatabase } from '@ward/server';
import { refuse } from '../errors.ts';
import type { CustodianLimits } from '../limits.ts';

/** Tables of a custodian: nothing but Q, chart, index and share, and what is to be forgotten. */
export const CUSTODIAN_VERSIONS: readonly string[] = [
  `
  CREATE TABLE shares (
    q BLOB NOT NULL,
    chart BLOB NOT NULL,
    place INTEGER NOT NULL,       -- index of the share
    sealed BLOB NOT NULL,         -- the share under the key of this home
    PRIMARY KEY (q, chart)        -- anybody can deal another polynomial through Q, in another chart
  ) WITHOUT ROWID;
  CREATE INDEX shares_by_chart ON shares (chart);

  -- Charts whose erasure was shown: refused from then on, their shares deleted later.
  CREATE TABLE erasures (
    chart BLOB NOT NULL PRIMARY KEY,
    header BLOB NOT NULL,
    rank INTEGER NOT NULL,        -- cold rotations before that header
    due INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  `,
];

const NONCE_BYTES = 12;

type Row = {
  readonly q: Uint8Array;
  readonly chart: Uint8Array;
  readonly place: number;
  readonly sealed: Uint8Array;
};

/** What a share is found by. */
type ShareKey = Pick<KeptShare, 'q' | 'chart'>;

/** Before every share. */
const NONE: ShareKey = { q: new Uint8Array(0), chart: new Uint8Array(0) };

export interface ShareStoreOptions {
  readonly database: DurableDatabase;
  /** 32 bytes: the key of this home, under which shares stand on the disk. */
  readonly homeKey: Uint8Array;
  readonly limits: CustodianLimits;
  readonly random: Random;
  readonly crypto: Crypto;
}

/** The shares of a custodian, by release key and chart; none is ever changed. */
export class ShareStore {
  readonly #options: ShareStoreOptions;
  readonly #byKey;
  readonly #count;
  readonly #countOfChart;
  readonly #insert;
  readonly #removeChart;
  readonly #removeOne;
  readonly #page;

  constructor(options: ShareStoreOptions) {
    this.#options = options;
    const { database } = options;
    const columns = 'SELECT q, chart, place, sealed FROM shares';
    this.#byKey = database.prepare(`${columns} WHERE q = ? AND chart = ?`);
    this.#page = database.prepare(
      `${columns} WHERE chart NOT IN (SELECT chart FROM erasures) AND (q, chart) > (?, ?)
       ORDER BY q, chart LIMIT ?`,
    );
    this.#count = database.prepare('SELECT count(*) AS count FROM shares');
    this.#countOfChart = database.prepare('SELECT count(*) AS count FROM shares WHERE chart = ?');
    this.#insert = database.prepare(
      'INSERT INTO shares (q, chart, place, sealed) VALUES (?, ?, ?, ?)',
    );
    this.#removeChart = database.prepare('DELETE FROM shares WHERE chart = ?');
    this.#removeOne = database.prepare('DELETE FROM shares WHERE q = ? AND chart = ?');
  }

  get count(): number {
    return (this.#count.get() as { count: number }).count;
  }

  countOf(chart: ChartId): number {
    return (this.#countOfChart.get(chart) as { count: number }).count;
  }

  /** The share of a release key; undefined where there is none. */
  async find({ q, chart }: ShareKey): Promise<KeptShare | undefined> {
    const row = this.#byKey.get(q, chart) as Row | undefined;
    return row === undefined ? undefined : this.#open(row);
  }

  async #open({ q, chart, place: index, sealed }: Row): Promise<KeptShare> {
    const { crypto, homeKey } = this.#options;
    const options = {
      key: homeKey,
      nonce: sealed.slice(0, NONCE_BYTES),
      aad: aadOf(q, chart, index),
    };
    const share = await crypto.aead.open(sealed.subarray(NONCE_BYTES), options);
    return { q, chart, index, share };
  }

  async #seal({ q, chart, index, share }: KeptShare): Promise<Uint8Array> {
    const { crypto, homeKey, random } = this.#options;
    const nonce = random.bytes(NONCE_BYTES);
    const options = { key: homeKey, nonce, aad: aadOf(q, chart, index) };
    return concatBytes(nonce, await crypto.aead.seal(share, options));
  }

  /**
   * Keeps a share durably; the same one again changes nothing.
   *
   * @throws WardError `SHARE_TAKEN`, `SHARES_TOO_MANY`, `STORE_FULL`.
   */
  async put(kept: KeptShare): Promise<void> {
    if (await this.#isHeld(kept)) return;
    const sealed = await this.#seal(kept);
    const isNew = await this.#options.database.write(() => {
      // Two deals of one key at once: the second finds the first here.
      if (this.#byKey.get(kept.q, kept.chart) !== undefined) return false;
      this.#checkRoom(kept.chart);
      this.#insert.run(kept.q, kept.chart, kept.index, sealed);
      return true;
    });
    if (!isNew) await this.#isHeld(kept);
  }

  /** @throws WardError `SHARE_TAKEN` when another share of the same key is held. */
  async #isHeld(kept: KeptShare): Promise<boolean> {
    const known = await this.find(kept);
    if (known === undefined) return false;
    if (!isSameShare(known, kept)) throw refuse('SHARE_TAKEN');
    return true;
  }

  #checkRoom(chart: ChartId): void {
    const { sharesMax, sharesPerChartMax } = this.#options.limits;
    if (this.countOf(chart) >= sharesPerChartMax) {
      throw refuse('SHARES_TOO_MANY', { max: sharesPerChartMax });
    }
    if (this.count >= sharesMax) throw refuse('SHARES_TOO_MANY', { max: sharesMax });
  }

  /**
   * Keeps the shares of a custodian that leaves, all or none.
   *
   * @throws WardError `SHARE_CONFLICT` with the place of the first whose key is held already.
   */
  async takeOver(shares: readonly KeptShare[]): Promise<void> {
    const sealed = await Promise.all(shares.map((share) => this.#seal(share)));
    for (const [position, share] of shares.entries()) {
      const known = await this.find(share);
      if (known !== undefined && !isSameShare(known, share)) {
        throw refuse('SHARE_CONFLICT', { position });
      }
    }
    await this.#options.database.write(() => {
      for (const [position, { q, chart, index }] of shares.entries()) {
        if (this.#byKey.get(q, chart) !== undefined) continue;
        this.#checkRoom(chart);
        this.#insert.run(q, chart, index, sealed[position]!);
      }
    });
  }

  /**
   * Some shares behind one, in order; those of charts that are being erased are nobody's to hand
   * on.
   */
  page(count: number, after: ShareKey = NONE): Promise<KeptShare[]> {
    const rows = this.#page.all(after.q, after.chart, count) as unknown as Row[];
    return Promise.all(rows.map((row) => this.#open(row)));
  }

  /** Deletes shares that another custodian has now. */
  async forget(shares: readonly ShareKey[]): Promise<void> {
    await this.#options.database.write(() => {
      for (const { q, chart } of shares) this.#removeOne.run(q, chart);
    });
    this.#options.database.forgetDeleted();
  }

  /** Deletes the shares of a chart, inside a transaction. */
  removeChart(chart: ChartId): void {
    this.#removeChart.run(chart);
  }
}

/** Binds a sealed share to its row: none can be put in the place of another. */
function aadOf(q: Uint8Array, chart: ChartId, index: number): Uint8Array {
  return concatBytes(q, chart, Uint8Array.of(index));
}

function isSameShare(a: KeptShare, b: KeptShare): boolean {
  return a.index === b.index && equalBytes(a.chart, b.chart) && equalBytes(a.share, b.share);
}
