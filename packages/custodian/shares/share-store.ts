import { type KeptShare, verifyShare } from '@ward/charts';
import {
  type ChartId,
  type Crypto,
  concatBytes,
  equalBytes,
  hasCode,
  type Random,
  WardError,
} from '@ward/protocol';
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
  `
  -- A key that is dealt anew has a share of each polynomial: which one counts, the header says.
  CREATE TABLE dealt_shares (
    q BLOB NOT NULL,
    chart BLOB NOT NULL,
    number INTEGER NOT NULL,
    place INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (q, chart, number)
  ) WITHOUT ROWID;
  INSERT INTO dealt_shares SELECT q, chart, 0, place, sealed FROM shares;
  DROP TABLE shares;
  ALTER TABLE dealt_shares RENAME TO shares;
  CREATE INDEX shares_by_chart ON shares (chart);
  `,
];

const NONCE_BYTES = 12;

type Row = {
  readonly q: Uint8Array;
  readonly chart: Uint8Array;
  readonly number: number;
  readonly place: number;
  readonly sealed: Uint8Array;
};

/** What the shares of a key are found by. */
type ShareKey = Pick<KeptShare, 'q' | 'chart'>;

/** A share in its place in the store. */
export type StoredShare = KeptShare & { readonly number: number };

type SharePlace = Pick<StoredShare, 'q' | 'chart' | 'number'>;

/** Before every share. */
const NONE: SharePlace = { q: new Uint8Array(0), chart: new Uint8Array(0), number: 0 };

export interface ShareStoreOptions {
  readonly database: DurableDatabase;
  /** 32 bytes: the key of this home, under which shares stand on the disk. */
  readonly homeKey: Uint8Array;
  readonly limits: CustodianLimits;
  readonly random: Random;
  readonly crypto: Crypto;
}

/**
 * The shares of a custodian, by release key and chart; none is ever changed. A key that its owner
 * dealt anew has several, one of each polynomial.
 */
export class ShareStore {
  readonly #options: ShareStoreOptions;
  readonly #byKey;
  readonly #count;
  readonly #countOfChart;
  readonly #insert;
  readonly #removeChart;
  readonly #removeOne;
  readonly #page;
  readonly #range;

  constructor(options: ShareStoreOptions) {
    this.#options = options;
    const { database } = options;
    const columns = 'SELECT q, chart, number, place, sealed FROM shares';
    this.#byKey = database.prepare(`${columns} WHERE q = ? AND chart = ? ORDER BY number`);
    this.#page = database.prepare(
      `${columns} WHERE chart NOT IN (SELECT chart FROM erasures) AND (q, chart, number) > (?, ?, ?)
       ORDER BY q, chart, number LIMIT ?`,
    );
    this.#range = database.prepare(`${columns} WHERE q >= ? AND q <= ? ORDER BY q LIMIT ?`);
    this.#count = database.prepare('SELECT count(*) AS count FROM shares');
    this.#countOfChart = database.prepare('SELECT count(*) AS count FROM shares WHERE chart = ?');
    this.#insert = database.prepare(
      'INSERT INTO shares (q, chart, number, place, sealed) VALUES (?, ?, ?, ?, ?)',
    );
    this.#removeChart = database.prepare('DELETE FROM shares WHERE chart = ?');
    this.#removeOne = database.prepare(
      'DELETE FROM shares WHERE q = ? AND chart = ? AND number = ?',
    );
  }

  get count(): number {
    return (this.#count.get() as { count: number }).count;
  }

  countOf(chart: ChartId): number {
    return (this.#countOfChart.get(chart) as { count: number }).count;
  }

  /**
   * The share of a release key that fits these commitments; undefined where there is none. One that
   * is the only one is not compared: an answer that does not fit helps nobody.
   */
  async find(
    key: ShareKey,
    commitments: readonly Uint8Array[] = [],
  ): Promise<StoredShare | undefined> {
    const [first, ...others] = await this.#findAll(key);
    if (others.length === 0) return first;
    return [first!, ...others].find((share) => isOf(share, commitments, this.#options.crypto));
  }

  /** All shares of a release key. */
  #findAll({ q, chart }: ShareKey): Promise<StoredShare[]> {
    return Promise.all(this.#rowsOf({ q, chart }).map((row) => this.#open(row)));
  }

  #rowsOf({ q, chart }: ShareKey): Row[] {
    return this.#byKey.all(q, chart) as unknown as Row[];
  }

  async #open({ q, chart, number, place: index, sealed }: Row): Promise<StoredShare> {
    const { crypto, homeKey } = this.#options;
    const options = {
      key: homeKey,
      nonce: sealed.slice(0, NONCE_BYTES),
      aad: aadOf(q, chart, index),
    };
    const share = await crypto.aead.open(sealed.subarray(NONCE_BYTES), options);
    return { q, chart, number, index, share };
  }

  async #seal({ q, chart, index, share }: KeptShare): Promise<Uint8Array> {
    const { crypto, homeKey, random } = this.#options;
    const nonce = random.bytes(NONCE_BYTES);
    const options = { key: homeKey, nonce, aad: aadOf(q, chart, index) };
    return concatBytes(nonce, await crypto.aead.seal(share, options));
  }

  /**
   * Keeps a share durably; the same one again changes nothing. One of another polynomial is kept
   * beside those before it; no organisation has two of one.
   *
   * @param commitments Of the polynomial on which it lies.
   * @throws WardError `SHARE_TAKEN`, `SHARES_TOO_MANY`, `STORE_FULL`.
   */
  async put(kept: KeptShare, commitments: readonly Uint8Array[]): Promise<void> {
    const { crypto, database } = this.#options;
    for (;;) {
      const known = await this.#findAll(kept);
      if (known.some((each) => isSameShare(each, kept))) return;
      if (known.some((each) => isOf(each, commitments, crypto))) throw refuse('SHARE_TAKEN');
      const sealed = await this.#seal(kept);
      const isKept = await database.write(() => {
        // Two deals of one key at once: the second finds the first here, and looks again.
        if (this.#rowsOf(kept).length !== known.length) return false;
        this.#checkRoom(kept.chart);
        this.#add(kept, sealed);
        return true;
      });
      if (isKept) return;
    }
  }

  /** Inside a transaction. */
  #add({ q, chart, index }: KeptShare, sealed: Uint8Array): void {
    const number = (this.#rowsOf({ q, chart }).at(-1)?.number ?? -1) + 1;
    this.#insert.run(q, chart, number, index, sealed);
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
    const isHeld: boolean[] = [];
    for (const [position, share] of shares.entries()) {
      const known = await this.#findAll(share);
      if (known.some(({ index }) => index !== share.index)) {
        throw refuse('SHARE_CONFLICT', { position });
      }
      isHeld.push(known.some((each) => isSameShare(each, share)));
    }
    await this.#options.database.write(() => {
      for (const [position, share] of shares.entries()) {
        if (isHeld[position]) continue;
        this.#checkRoom(share.chart);
        this.#add(share, sealed[position]!);
      }
    });
  }

  /**
   * Some shares behind one, in order; those of charts that are being erased are nobody's to hand
   * on.
   */
  page(count: number, after: SharePlace = NONE): Promise<StoredShare[]> {
    const rows = this.#page.all(after.q, after.chart, after.number, count) as unknown as Row[];
    return Promise.all(rows.map((row) => this.#open(row)));
  }

  /**
   * Whether each of some shares opens under the key of this home.
   *
   * @param range First byte of their release keys, `to` not included.
   */
  tryToOpen({ from, to }: { from: number; to: number }, count: number): Promise<boolean[]> {
    const { database } = this.#options;
    const [first, last] = [Uint8Array.of(from), new Uint8Array(33).fill(0xff)];
    last[0] = to - 1;
    const rows = database.read(() => this.#range.all(first, last, count)) as unknown as Row[];
    return Promise.all(
      rows.map(async (row) => {
        try {
          await this.#open(row);
          return true;
        } catch (error) {
          if (hasCode(error, 'SEAL_INVALID')) return false;
          throw error;
        }
      }),
    );
  }

  /** Deletes shares that another custodian has now. */
  async forget(shares: readonly SharePlace[]): Promise<void> {
    await this.#options.database.write(() => {
      for (const { q, chart, number } of shares) this.#removeOne.run(q, chart, number);
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

/** Whether a share lies on the polynomial with these commitments. */
function isOf(share: KeptShare, commitments: readonly Uint8Array[], crypto: Crypto): boolean {
  if (commitments.length === 0) return false;
  try {
    verifyShare(share, commitments, crypto);
    return true;
  } catch (error) {
    if (error instanceof WardError) return false;
    throw error;
  }
}
