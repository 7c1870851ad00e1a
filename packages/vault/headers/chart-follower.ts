import { getHeader, getObject, objectName, parseHeader } from '@ward/charts';
import { carriedSlot, slotKey } from '@ward/ledger/schema';
import {
  type ChartId,
  callRaw,
  collectBody,
  type Digest,
  equalBytes,
  type Realm,
  type Seconds,
  type Transport,
  toHex,
  WardError,
} from '@ward/protocol';
import type { Prover } from '@ward/server';
import { type ObjectIndex, WHOLE_OBJECT } from '../objects/object-index.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { HeaderStore, StoredHeader } from './header-store.ts';

export interface ChartFollowerOptions {
  readonly headers: HeaderStore;
  readonly objects: ObjectIndex;
  readonly store: ObjectStore;
  /** Ways to the other vaults of a chart. */
  readonly others: (chart: ChartId) => Promise<readonly Transport[]>;
  readonly ledger: Prover;
  readonly now: () => Seconds;
  readonly realm: Realm;
}

const PAGE = 250;
const HEADER_BYTES_MAX = 256 * 1024;
/** The largest object that a header names: half a million erased labels. */
const OBJECT_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Fetches what this vault missed while it was away, though whoever wrote it does not come back: a
 * header that the ledger says is newer, and the objects that a header names, without which nobody
 * opens anything. Units are named in no header; who wrote them brings them: see the sdk's catch-up.
 * What was deleted here is not fetched.
 */
export class ChartFollower {
  readonly #options: ChartFollowerOptions;

  constructor(options: ChartFollowerOptions) {
    this.#options = options;
  }

  /** @returns How many headers and objects were fetched. */
  async run(signal?: AbortSignal): Promise<number> {
    const { headers } = this.#options;
    let fetched = 0;
    let after: Uint8Array = new Uint8Array(0);
    while (!signal?.aborted) {
      const charts = headers.charts(after, PAGE);
      const last = charts.at(-1);
      if (last === undefined) break;
      after = last;
      fetched += await this.#page(charts, signal);
    }
    return fetched;
  }

  async #page(charts: readonly ChartId[], signal?: AbortSignal): Promise<number> {
    let fetched = 0;
    try {
      const behind = await this.#behind(charts);
      for (const chart of charts) {
        if (signal?.aborted) break;
        fetched += await this.#follow(chart, behind.has(toHex(chart)));
      }
    } catch (error) {
      // A ledger or a vault that cannot be asked now is asked in the next round.
      if (!(error instanceof WardError)) throw error;
    }
    return fetched;
  }

  /** Charts of which the ledger has a newer header than this vault. */
  async #behind(charts: readonly ChartId[]): Promise<Set<string>> {
    const { headers, ledger, realm } = this.#options;
    const slots: { chart: ChartId; keys: Uint8Array[] }[] = [];
    for (const chart of charts) {
      const { bytes, cold } = await headers.newest(chart);
      const { nextSlot } = parseHeader(bytes, chart, realm).header;
      slots.push({ chart, keys: [slotKey(carriedSlot(nextSlot, realm)), slotKey(cold)] });
    }
    const state = await ledger.prove(slots.flatMap(({ keys }) => keys));
    const moved = slots.filter(({ keys }) => keys.some((key) => state.bytes(key) !== null));
    return new Set(moved.map(({ chart }) => toHex(chart)));
  }

  async #follow(chart: ChartId, isBehind: boolean): Promise<number> {
    if (!isBehind && (await this.#missing(chart)).length === 0) return 0;
    const others = await this.#options.others(chart);
    let fetched = 0;
    if (isBehind && (await this.#fetchHeader(chart, others))) fetched++;
    for (const name of await this.#missing(chart)) {
      if (await this.#fetchObject(chart, name, others)) fetched++;
    }
    return fetched;
  }

  /** What the newest header here names and is not here, though it was not deleted. */
  async #missing(chart: ChartId): Promise<Digest[]> {
    const { headers, objects, realm } = this.#options;
    const { header } = parseHeader((await headers.newest(chart)).bytes, chart, realm);
    if (header.state === 'erased') return [];
    const { roster, seeds, sources, erased } = header;
    const named = [roster, seeds, sources, ...(erased.kind === 'set' ? [erased.object] : [])];
    return named.filter(
      (name) =>
        objects.find(chart, name) === undefined &&
        objects.deletion(chart, name, WHOLE_OBJECT) === undefined,
    );
  }

  /** The first that the ledger proves counts; what it does not prove waits as any header does. */
  async #fetchHeader(chart: ChartId, others: readonly Transport[]): Promise<boolean> {
    const { headers, now } = this.#options;
    const before = await headers.newest(chart);
    return anyOf(others, async (other) => {
      const request = { params: { chart }, query: { version: null }, body: null };
      const bytes = await collectBody(await callRaw(getHeader, request, other), HEADER_BYTES_MAX);
      if (bytes === undefined) return false;
      await headers.put(chart, bytes, now());
      return isNewer(await headers.newest(chart), before);
    });
  }

  async #fetchObject(chart: ChartId, name: Digest, others: readonly Transport[]): Promise<boolean> {
    const { store, now, realm } = this.#options;
    return anyOf(others, async (other) => {
      const request = { params: { name }, query: {}, body: null };
      const bytes = await collectBody(await callRaw(getObject, request, other), OBJECT_BYTES_MAX);
      if (bytes === undefined || !equalBytes(objectName(bytes, realm.crypto), name)) return false;
      const holder = { kind: 'owner', source: 'following' } as const;
      await store.put([{ kind: 'object', name, bytes, bodies: null }], {
        chart,
        holder,
        now: now(),
      });
      return true;
    });
  }
}

function isNewer(header: StoredHeader, before: StoredHeader): boolean {
  if (!header.isCarried) return false;
  return header.rank > before.rank || header.version > before.version;
}

/** Whether one of them gives it; those that fail are passed over. */
async function anyOf(
  others: readonly Transport[],
  ask: (other: Transport) => Promise<boolean>,
): Promise<boolean> {
  for (const other of others) {
    try {
      if (await ask(other)) return true;
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
    }
  }
  return false;
}
