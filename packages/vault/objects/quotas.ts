import { type AccountId, type ChartId, toHex } from '@ward/protocol';
import { type DurableDatabase, TokenBuckets } from '@ward/server';
import { refuse } from '../errors.ts';
import type { VaultLimits } from '../limits.ts';

const DAY_SECONDS = 86_400;
const SOURCES_MAX = 20_000;

/** Who stores for a chart: an organisation, or the owner from some place. */
export type Holder =
  | { readonly kind: 'organisation'; readonly organisation: AccountId }
  | { readonly kind: 'owner'; readonly source: string };

const OWNER = new Uint8Array(0);
/** Stands in the place of a chart in the row of a holder's sums. */
export const ALL_CHARTS = new Uint8Array(0);

/** The holder as the index names it. */
export function holderKey(holder: Holder): Uint8Array {
  return holder.kind === 'organisation' ? holder.organisation : OWNER;
}

/** What organisations and owners have stored, and how much more they may. */
export class Quotas {
  readonly #limits: VaultLimits;
  readonly #stored;
  readonly #add;
  readonly #sources: TokenBuckets;
  /** Bytes that are on their way in, by holder and chart: they count before they are stored. */
  readonly #coming = new Map<string, number>();

  constructor(index: DurableDatabase, limits: VaultLimits) {
    this.#limits = limits;
    this.#stored = index.prepare('SELECT bytes FROM usage WHERE holder = ? AND chart = ?');
    this.#add = index.prepare(`
      INSERT INTO usage (holder, chart, bytes, objects) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT DO UPDATE SET bytes = bytes + ?3, objects = objects + ?4
    `);
    this.#sources = new TokenBuckets({
      capacity: limits.ownerDayBytesMax,
      perSecond: limits.ownerDayBytesMax / DAY_SECONDS,
      keysMax: SOURCES_MAX,
    });
  }

  /**
   * Sets bytes aside for a holder; the caller gives them back when they are stored or refused.
   *
   * @throws WardError `QUOTA_EXCEEDED`.
   */
  reserve(holder: Holder, chart: ChartId, bytes: number): () => void {
    const { organisationBytesMax, organisationChartBytesMax, ownerChartBytesMax } = this.#limits;
    const isOwner = holder.kind === 'owner';
    const key = holderKey(holder);
    const pair = `${toHex(key)}/${toHex(chart)}`;
    const chartMax = isOwner ? ownerChartBytesMax : organisationChartBytesMax;
    const coming = this.#coming.get(pair) ?? 0;
    if (this.#storedBytes(key, chart) + coming + bytes > chartMax) {
      throw refuse('QUOTA_EXCEEDED', { max: chartMax });
    }
    if (!isOwner && this.#storedBytes(key, ALL_CHARTS) + bytes > organisationBytesMax) {
      throw refuse('QUOTA_EXCEEDED', { max: organisationBytesMax });
    }
    if (isOwner && this.#sources.spend(holder.source, bytes, performance.now()) > 0) {
      throw refuse('QUOTA_EXCEEDED', { max: this.#limits.ownerDayBytesMax });
    }
    this.#coming.set(pair, coming + bytes);
    return () => {
      const left = (this.#coming.get(pair) ?? bytes) - bytes;
      if (left > 0) this.#coming.set(pair, left);
      else this.#coming.delete(pair);
    };
  }

  #storedBytes(holder: Uint8Array, chart: Uint8Array): number {
    return (this.#stored.get(holder, chart) as { bytes: number } | undefined)?.bytes ?? 0;
  }

  /** Counts what was stored, or deleted; inside the transaction that does it. */
  count(holder: Uint8Array, chart: ChartId, change: { bytes: number; objects: number }): void {
    this.#add.run(holder, chart, change.bytes, change.objects);
    this.#add.run(holder, ALL_CHARTS, change.bytes, change.objects);
  }
}
