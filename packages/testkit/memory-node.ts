import {
  createMemoryEngine,
  type EngineQueries,
  type MemoryEngine,
  type MemoryEngineOptions,
} from '@ward/engine';
import {
  CarrySlot,
  carrySlot,
  encodeMessage,
  type Genesis,
  getBlock,
  getBlockHeaders,
  getGenesis,
  getLightBlock,
  getReceipt,
  getStatus,
  type NetworkFile,
  networkOf,
  proveState,
  type Receipt,
  streamBlocks,
  streamSlots,
  submitTransaction,
} from '@ward/ledger/schema';
import {
  AUTHOR_ROLE,
  type Clock,
  type Crypto,
  type Ed25519KeyPair,
  ed25519Signer,
  MS_PER_SECOND,
  signTransaction,
  type Transport,
} from '@ward/protocol';
import { memoryDoor as door, type MemoryDoor, memoryTransport } from './memory-doors.ts';

/** What a node is that carries slots of others. */
export interface CarrierOptions {
  readonly genesis: Genesis;
  readonly clock: Clock;
  readonly crypto: Crypto;
  /** Who signs the slots that come to be carried; without one there is no such door. */
  readonly carrier?: { readonly account: Uint8Array; readonly service: Ed25519KeyPair };
}

export interface MemoryNodeOptions extends MemoryEngineOptions, CarrierOptions {}

/** A node in this process: the embedded engine on memory behind the doors of the ledger's API. */
export interface MemoryNode extends MemoryEngine {
  readonly transport: Transport;
  readonly networkFile: NetworkFile;
}

const ORIGIN = 'memory://node';
const VALID_SECONDS = 60;
const WEEK_SECONDS = 7 * 24 * 3600;

/**
 * Starts a {@link MemoryNode}.
 *
 * @example
 * const ledger = new TestLedger(crypto);
 * const node = await startMemoryNode({ ...ledger, clock });
 * const { networkFile, transport } = node;
 * const verified = new VerifiedLedger({ networkFile, nodes: [transport], clock, crypto });
 */
export async function startMemoryNode(options: MemoryNodeOptions): Promise<MemoryNode> {
  const memory = await createMemoryEngine(options);
  const { genesis, crypto } = options;
  return {
    ...memory,
    transport: memoryTransport(ORIGIN, nodeDoors(memory.queries, options)),
    networkFile: {
      network: networkOf(genesis, crypto),
      genesis,
      checkpoint: null,
      nodes: [ORIGIN],
      trustingPeriodSeconds: WEEK_SECONDS,
      witnesses: null,
    },
  };
}

/** The doors of the ledger's API before an engine. */
export function nodeDoors(queries: EngineQueries, options: CarrierOptions): MemoryDoor[] {
  return [
    door(getStatus, () => queries.status()),
    door(getGenesis, () => queries.genesis()),
    door(getLightBlock, ({ params }) => queries.lightBlock(params.height)),
    door(getBlockHeaders, ({ params }) => queries.blockHeaders(params.height)),
    door(proveState, ({ body }) => queries.prove(body)),
    door(submitTransaction, ({ body, signal }) => queries.submit(body, signal)),
    door(getReceipt, ({ params, signal }) => queries.receipt(params.id, signal)),
    door(getBlock, ({ params }) => queries.block(params.height)),
    door(streamSlots, ({ query, signal }) => queries.slots({ from: query.from, signal })),
    door(streamBlocks, ({ query, signal }) => queries.blocks({ from: query.from, signal })),
    door(carrySlot, ({ body: { pk, value, signature } }) =>
      carry({ pk, value, signature }, queries, options),
    ),
  ];
}

/** Has the carrier sign a slot of somebody else's one-time key, and submits it. */
function carry(
  slot: CarrySlot,
  queries: EngineQueries,
  { carrier, genesis, clock, crypto }: CarrierOptions,
): Promise<Receipt> {
  if (carrier === undefined) throw new Error('this node carries no slots');
  const body = {
    network: networkOf(genesis, crypto),
    chain: genesis.chain,
    signers: [{ account: carrier.account, role: AUTHOR_ROLE }],
    validUntil: Math.floor(clock.nowMs() / MS_PER_SECOND) + VALID_SECONDS,
    salt: crypto.sha256(slot.signature).slice(0, 16),
    messages: [encodeMessage(CarrySlot, slot)],
  };
  const signed = signTransaction(body, [ed25519Signer(carrier.service, crypto)], crypto);
  return queries.submit(signed.envelope);
}
