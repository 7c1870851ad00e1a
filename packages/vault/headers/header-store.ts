import { isSucceeded, parseHeader, successionKeys, type VerifiedHeader } from '@ward/charts';
import { carriedSlot, Slot, slotKey } from '@ward/ledger/schema';
import {
  type AccountId,
  type ChartId,
  type Digest,
  equalBytes,
  type Realm,
  type Seconds,
  WardError,
} from '@ward/protocol';
import type { DurableDatabase, Prover } from '@ward/server';
import { refuse } from '../errors.ts';
import type { VaultLimits } from '../limits.ts';

/** A chart header as the vault keeps it. */
export interface StoredHeader {
  /** Cold rotations before it: a header of a later authority is newer than all before. */
  readonly rank: number;
  readonly version: number;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly slot: Uint8Array;
  readonly state: 'open' | 'frozen' | 'erased';
  readonly ck: Uint8Array;
  readonly cold: Uint8Array;
  readonly mailboxKey: Uint8Array;
  /** The ledger proved its digest in its slot; else it waits for that. */
  readonly isCarried: boolean;
}

export interface HeaderStoreOptions {
  readonly index: DurableDatabase;
  readonly ledger: Prover;
  /** The vault's own organisation. */
  readonly organisation: AccountId;
  readonly limits: VaultLimits;
  readonly realm: Realm;
}

const COLUMNS =
  'rank, version, digest, bytes, slot, state, ck, cold, mailbox_key AS mailboxKey, carried';

function headerOf(row: unknown): StoredHeader {
  const { carried, ...rest } = row as { carried: number };
  return { ...rest, isCarried: carried === 1 } as StoredHeader;
}

/**
 * Chart headers in all their versions.
 *
 * A header is stored before its slot is carried, and two devices may store different ones of the
 * same version: the slot decides. So several may wait; the first that the ledger proves is the
 * version, and those that lost are dropped. No version that was proved is ever replaced or deleted.
 */
export class HeaderStore {
  readonly #options: HeaderStoreOptions;
  readonly #newest;
  readonly #charts;
  readonly #waiting;
  readonly #version;
  readonly #same;
  readonly #insert;
  readonly #carry;
  readonly #dropLost;
  readonly #dropOld;

  constructor(options: HeaderStoreOptions) {
    this.#options = options;
    const { index } = options;
    const select = (rest: string) => index.prepare(`SELECT ${COLUMNS} FROM headers ${rest}`);
    this.#newest = select(
      'WHERE chart = ? AND carried = 1 ORDER BY rank DESC, version DESC LIMIT 1',
    );
    this.#charts = index.prepare(
      'SELECT DISTINCT chart FROM headers WHERE chart > ? ORDER BY chart LIMIT ?',
    );
    this.#waiting = select('WHERE chart = ? AND carried = 0 ORDER BY rank DESC, version DESC');
    this.#version = select(
      'WHERE chart = ? AND version = ? ORDER BY carried DESC, rank DESC LIMIT 1',
    );
    this.#same = select('WHERE chart = ? AND rank = ? AND version = ? AND digest = ?');
    this.#insert = index.prepare(`
      INSERT OR IGNORE INTO headers
        (chart, rank, version, digest, bytes, slot, state, ck, cold, mailbox_key, time)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    `);
    this.#carry = index.prepare('UPDATE headers SET carried = 1 WHERE chart = ? AND digest = ?');
    this.#dropLost = index.prepare(`
      DELETE FROM headers WHERE chart = ? AND carried = 0 AND (rank, version) <= (?, ?)
    `);
    this.#dropOld = index.prepare(`
      DELETE FROM headers WHERE chart = ?1 AND carried = 0 AND time < ?2
    `);
  }

  /** Whether anything is known of a chart. */
  isKnown(chart: ChartId): boolean {
    return this.#carriedNewest(chart) !== undefined || this.#waitingOf(chart).length > 0;
  }

  #carriedNewest(chart: ChartId): StoredHeader | undefined {
    const row = this.#newest.get(chart);
    return row === undefined ? undefined : headerOf(row);
  }

  #waitingOf(chart: ChartId): StoredHeader[] {
    return this.#waiting.all(chart).map(headerOf);
  }

  /**
   * Stores a signed header; the same one again changes nothing.
   *
   * @throws WardError `CHART_MISMATCH`, `CHART_SIGNATURE`, `VAULT_UNLISTED`,
   * `CHART_HEADER_SUPERSEDED`, `SUCCESSION_UNPROVED`, `CHART_HEADERS_WAITING`, `CBOR_*`,
   * `FORMAT_*`.
   */
  async put(chart: ChartId, bytes: Uint8Array, now: Seconds): Promise<void> {
    const { index, organisation, realm } = this.#options;
    const verified = parseHeader(bytes, chart, realm);
    const { header, digest } = verified;
    const rank = header.predecessors.length;
    if (this.#same.get(chart, rank, header.version, digest) !== undefined) return;
    const isListed = header.vaults.some((vault) => equalBytes(vault, organisation));
    if (!isListed && !this.isKnown(chart)) throw refuse('VAULT_UNLISTED');
    this.#checkNewer(chart, { rank, version: header.version });
    if (rank > 0) await this.#checkSuccession(verified);
    await this.#makeRoom(chart, now);
    await index.write(() => {
      this.#checkNewer(chart, { rank, version: header.version });
      const { ck, cold } = header.authority;
      this.#insert.run(
        ...([chart, rank, header.version, digest, bytes, header.slot, header.state] as const),
        ...([ck, cold, header.mailboxKey, now] as const),
      );
    });
  }

  #checkNewer(chart: ChartId, { rank, version }: { rank: number; version: number }): void {
    const newest = this.#carriedNewest(chart);
    if (newest === undefined || rank > newest.rank) return;
    if (rank === newest.rank && version > newest.version) return;
    throw refuse('CHART_HEADER_SUPERSEDED', { version: newest.version });
  }

  /**
   * Whoever knows a chart's id and first keys could name himself its next authority: only the
   * ledger tells whether the cold key said so.
   */
  async #checkSuccession({ header }: VerifiedHeader): Promise<void> {
    const { realm, ledger } = this.#options;
    const state = await ledger.prove(successionKeys(header));
    if (!isSucceeded(header, state, realm)) throw refuse('SUCCESSION_UNPROVED');
  }

  /** Forgets headers that waited too long, where there are too many. */
  async #makeRoom(chart: ChartId, now: Seconds): Promise<void> {
    const { limits, index } = this.#options;
    if (this.#waitingOf(chart).length < limits.waitingHeadersMax) return;
    await this.#settle(chart);
    await index.write(() => this.#dropOld.run(chart, now - limits.waitingSecondsMax));
    if (this.#waitingOf(chart).length >= limits.waitingHeadersMax) {
      throw refuse('CHART_HEADERS_WAITING');
    }
  }

  /** Asks the ledger which of the waiting headers it has; those that lost are dropped. */
  async #settle(chart: ChartId): Promise<void> {
    const waiting = this.#waitingOf(chart);
    if (waiting.length === 0) return;
    const { realm, ledger, index } = this.#options;
    const keys = waiting.map(({ slot }) => slotKey(carriedSlot(slot, realm)));
    const state = await ledger.prove(keys);
    const carried = waiting.filter(({ digest }, i) => {
      const slot = state.record(Slot, keys[i]!);
      return slot !== null && equalBytes(slot.value, digest);
    });
    if (carried.length === 0) return;
    await index.write(() => {
      for (const { digest } of carried) this.#carry.run(chart, digest);
      const { rank, version } = this.#carriedNewest(chart)!;
      this.#dropLost.run(chart, rank, version);
    });
  }

  /**
   * The newest header that the ledger has; where it has none yet, the newest that waits for it.
   *
   * @throws WardError `CHART_UNSTORED`.
   */
  async newest(chart: ChartId): Promise<StoredHeader> {
    try {
      await this.#settle(chart);
    } catch (error) {
      // The reader verifies what it gets; what is known here is better than nothing.
      if (!(error instanceof WardError)) throw error;
    }
    const newest = this.#carriedNewest(chart) ?? this.#waitingOf(chart)[0];
    if (newest === undefined) throw refuse('CHART_UNSTORED');
    return newest;
  }

  /** Some charts of which a header is known, behind one, in order. */
  charts(after: Uint8Array, count: number): ChartId[] {
    return this.#charts.all(after, count).map((row) => (row as { chart: ChartId }).chart);
  }

  /** Vaults of a chart, by its newest header here. @throws WardError `CHART_UNSTORED`. */
  async vaultsOf(chart: ChartId): Promise<readonly AccountId[]> {
    const { bytes } = await this.newest(chart);
    return parseHeader(bytes, chart, this.#options.realm).header.vaults;
  }

  /** A version of a chart's header. @throws WardError `CHART_UNSTORED`. */
  version(chart: ChartId, version: number): StoredHeader {
    const row = this.#version.get(chart, version);
    if (row === undefined) throw refuse('CHART_UNSTORED');
    return headerOf(row);
  }
}
