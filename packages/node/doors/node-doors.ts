import type { EngineQueries } from '@ward/engine';
import {
  type BlockSlots,
  carrySlot,
  getBlock,
  getBlockHeaders,
  getGenesis,
  getLightBlock,
  getPromotion,
  getReceipt,
  getStatus,
  HEADERS_MAX,
  proveState,
  refuseLedger,
  streamBlocks,
  streamSlots,
  submitTransaction,
} from '@ward/ledger/schema';
import { collectBody, type Height, type LightBlock, TRANSACTION_LIMITS } from '@ward/protocol';
import { type Door, door, refuseServer } from '@ward/server';
import type { SlotCarrier } from '../carrier/slot-carrier.ts';
import type { NodeLimits } from '../limits.ts';
import type { OrganisationQuota } from './organisation-quota.ts';
import type { SourceQuotas } from './source-quotas.ts';

export interface NodeDoorsOptions {
  readonly queries: EngineQueries;
  readonly carrier: SlotCarrier;
  readonly quotas: SourceQuotas;
  readonly organisations: OrganisationQuota;
  readonly limits: Pick<NodeLimits, 'proofRequestBytesMax' | 'carryRequestBytesMax'>;
}

/** All doors of the ledger's API, with the engine behind them. */
export function nodeDoors(options: NodeDoorsOptions): Door[] {
  return [...readingDoors(options), ...writingDoors(options), ...streamDoors(options)];
}

function readingDoors({ queries, quotas, limits }: NodeDoorsOptions): Door[] {
  return [
    door(getStatus, () => queries.status()),
    door(getGenesis, () => queries.genesis()),
    door(getPromotion, () => queries.promotion()),
    door(getLightBlock, ({ params }) => queries.lightBlock(params.height)),
    door(getBlockHeaders, ({ params, source }) => {
      quotas.spendProved(source, HEADERS_MAX);
      return queries.blockHeaders(params.height);
    }),
    door(getBlock, ({ params }) => queries.block(params.height)),
    door(getReceipt, ({ params, signal }) => queries.receipt(params.id, signal)),
    door(
      proveState,
      ({ body, source }) => {
        quotas.spendProved(source, body.keys.length);
        return queries.prove(body);
      },
      { bodyBytesMax: limits.proofRequestBytesMax },
    ),
  ];
}

function writingDoors(options: NodeDoorsOptions): Door[] {
  const { queries, carrier, quotas, organisations, limits } = options;
  return [
    door(submitTransaction, async ({ body, signal }) => {
      const max = TRANSACTION_LIMITS.envelopeBytesMax;
      const envelope = await collectBody(body, max);
      if (envelope === undefined) throw refuseServer('BODY_TOO_LARGE', { max });
      return organisations.take(envelope, () => queries.submit(envelope, signal));
    }),
    door(
      carrySlot,
      ({ body: { pk, value, signature }, source }) => {
        quotas.spendCarried(source);
        return carrier.carry({ pk, value, signature });
      },
      { bodyBytesMax: limits.carryRequestBytesMax },
    ),
  ];
}

function streamDoors({ queries }: NodeDoorsOptions): Door[] {
  return [
    door(
      streamSlots,
      ({ query: { from }, signal }) => {
        checkFrom(from, queries);
        return queries.slots({ from, signal });
      },
      { eventNumber: (event) => (event as BlockSlots).height },
    ),
    door(
      streamBlocks,
      ({ query: { from }, signal }) => {
        checkFrom(from, queries);
        return queries.blocks({ from, signal });
      },
      { eventNumber: (event) => (event as LightBlock).header.height },
    ),
  ];
}

/** A stream that cannot begin is refused with a code, not opened and broken off. */
function checkFrom(from: Height | null, queries: EngineQueries): void {
  const { oldestHeight: oldest, height: newest } = queries.status();
  if (from === null || from >= oldest) return;
  throw refuseLedger('HEIGHT_NOT_RETAINED', { height: from, oldest, newest });
}
