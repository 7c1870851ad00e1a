import { type BlockSlots, LEDGER_LIMITS, Slot, slotKey, streamSlots } from '@ward/ledger/schema';
import { callEvents, type Digest, type Height, hasCode, type Seconds, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { pause, within } from '../connection/pause.ts';

const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 10_000;

export interface WatchOptions {
  /** First height that is wanted; what comes from now on when left out. */
  readonly from?: Height;
  readonly signal?: AbortSignal;
}

/**
 * New slots, block by block, from a height on. When the node goes away the next one is asked, from
 * the height behind the last block that came; no block comes twice, none is left out. What it gives
 * is the node's word: {@link awaitSlots} proves it.
 */
export async function* watchSlots(
  options: WatchOptions,
  connection: Connection,
): AsyncGenerator<BlockSlots> {
  const { signal } = options;
  // Resolved at once: a stream that breaks before its first block must not leave one out.
  let from = options.from ?? (await connection.ledger.head()).header.height + 1;
  let delayMs = RETRY_MS_MIN;
  const isOver = () => signal?.aborted === true;
  for (let turn = 0; !isOver(); turn++) {
    const node = connection.nodes[turn % connection.nodes.length]!;
    const request = { params: {}, query: { from }, body: null };
    try {
      const stream = callEvents(streamSlots, { ...request, ...(signal && { signal }) }, node);
      for await (const block of stream) {
        if (block.height < from) continue;
        from = block.height + 1;
        delayMs = RETRY_MS_MIN;
        yield block;
      }
    } catch (error) {
      if (isOver()) return;
      if (!hasCode(error, 'SERVER_UNREACHABLE')) throw error;
    }
    await pause(delayMs);
    delayMs = Math.min(RETRY_MS_MAX, 2 * delayMs);
  }
}

/** A slot that was waited for, and is proved. */
export interface SlotHit {
  readonly slot: Digest;
  readonly value: Digest;
  /** Time of the block that wrote it. */
  readonly time: Seconds;
}

export interface AwaitOptions extends WatchOptions {
  /** How often slots that nobody announced are looked for all the same. */
  readonly checkEveryMs?: number;
}

const CHECK_MS = 10_000;

/**
 * Waits for slots without saying for which: all new ones are matched here, and a match is proved. A
 * node that keeps an announcement back only delays it: now and then all are looked for.
 *
 * @param wanted Slots to wait for; the generator ends when all have come.
 */
export async function* awaitSlots(
  wanted: readonly Digest[],
  { checkEveryMs = CHECK_MS, ...options }: AwaitOptions,
  connection: Connection,
): AsyncGenerator<SlotHit> {
  const open = new Map(wanted.map((slot) => [toHex(slot), slot]));
  const stop = new AbortController();
  options.signal?.addEventListener('abort', () => stop.abort());
  const blocks = watchSlots({ ...options, signal: stop.signal }, connection);
  try {
    let next = blocks.next();
    while (open.size > 0 && options.signal?.aborted !== true) {
      const told = await within(next, checkEveryMs);
      if (told?.done === true) return;
      const asked = told === undefined ? [...open.values()] : crowdOf(told.value.slots, open);
      if (told !== undefined) next = blocks.next();
      // Whatever becomes of it is seen when it is its turn.
      next.catch(() => undefined);
      const hits = await provedOf(asked, connection);
      for (const hit of hits) {
        if (open.delete(toHex(hit.slot))) yield hit;
      }
    }
  } finally {
    stop.abort();
    // Not waited for: a stream that says nothing ends by the signal alone.
    blocks.return(undefined).catch(() => undefined);
  }
}

/**
 * The slots among which a match is proved: a node that is asked for one alone would know who waits
 * for it.
 */
function crowdOf(told: readonly Digest[], open: ReadonlyMap<string, Digest>): Digest[] {
  const crowd: Digest[] = [];
  for (let at = 0; at < told.length; at += LEDGER_LIMITS.provedKeysMax) {
    const page = told.slice(at, at + LEDGER_LIMITS.provedKeysMax);
    if (page.some((slot) => open.has(toHex(slot)))) crowd.push(...page);
  }
  return crowd;
}

/** Those of some slots that the ledger proves: an announcement alone is not believed. */
async function provedOf(slots: readonly Digest[], connection: Connection): Promise<SlotHit[]> {
  const hits: SlotHit[] = [];
  for (let at = 0; at < slots.length; at += LEDGER_LIMITS.provedKeysMax) {
    const page = slots.slice(at, at + LEDGER_LIMITS.provedKeysMax);
    const state = await connection.prove(page.map(slotKey));
    for (const slot of page) {
      const found = state.record(Slot, slotKey(slot));
      if (found !== null) hits.push({ slot, ...found });
    }
  }
  return hits;
}
