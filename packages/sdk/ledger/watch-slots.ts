import { type BlockSlots, Slot, slotKey, streamSlots } from '@ward/ledger/schema';
import { callEvents, type Digest, type Height, hasCode, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { pause } from '../connection/submit.ts';

const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 10_000;

export interface WatchOptions {
  /** First height that is wanted; the newest when left out. */
  readonly from?: Height;
  readonly signal?: AbortSignal;
}

/**
 * New slots, block by block, from a height on. When the node goes away the next one is asked, from
 * the height behind the last block that came; no block comes twice, none is left out.
 */
export async function* watchSlots(
  options: WatchOptions,
  connection: Connection,
): AsyncGenerator<BlockSlots> {
  const { signal } = options;
  let from = options.from ?? null;
  let delayMs = RETRY_MS_MIN;
  const isOver = () => signal?.aborted === true;
  for (let turn = 0; !isOver(); turn++) {
    const node = connection.nodes[turn % connection.nodes.length]!;
    const request = { params: {}, query: { from }, body: null };
    try {
      const stream = callEvents(streamSlots, { ...request, ...(signal && { signal }) }, node);
      for await (const block of stream) {
        if (from !== null && block.height < from) continue;
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
  readonly height: Height;
}

/**
 * Waits for slots without saying for which: all new ones are matched here, and a match is proved.
 *
 * @param wanted Slots to wait for; the generator ends when all have come.
 */
export async function* awaitSlots(
  wanted: readonly Digest[],
  options: WatchOptions,
  connection: Connection,
): AsyncGenerator<SlotHit> {
  const open = new Map(wanted.map((slot) => [toHex(slot), slot]));
  for await (const { slots, height } of watchSlots(options, connection)) {
    const hits = slots.map(toHex).filter((name) => open.has(name));
    for (const name of hits) {
      const slot = open.get(name)!;
      const key = slotKey(slot);
      const found = (await connection.prove([key])).record(Slot, key);
      // A node that announces what is not there is not believed; the slot may come later.
      if (found === null) continue;
      open.delete(name);
      yield { slot, value: found.value, height };
    }
    if (open.size === 0) return;
  }
}
