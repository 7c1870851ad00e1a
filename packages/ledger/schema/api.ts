import {
  ACCOUNT_ID_BYTES,
  blockHeaderFields,
  DIGEST_BYTES,
  defineEndpoint,
  defineFormat,
  type FormatOf,
  field,
  type Height,
  LightBlock,
  raw,
  type Seconds,
  stateProofField,
  TRANSACTION_LIMITS,
  transactionProofField,
  transactionResultField,
} from '@ward/protocol';
import { Promotion } from '../contracts/network/state.ts';
import { Genesis } from './genesis.ts';
import { LEDGER_LIMITS } from './limits.ts';
import { ledgerEventField } from './outcome.ts';

/** Where a node stands. Not proved: ask for a light block to believe it. */
export const NodeStatus = defineFormat('node-status', 1, {
  software: field.text(64),
  engine: field.word(['embedded', 'cometbft']),
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  network: field.bytes(DIGEST_BYTES),
  chain: field.text(50),
  height: field.integer<Height>(),
  time: field.integer<Seconds>(),
  oldestHeight: field.integer<Height>(),
});
export type NodeStatus = FormatOf<typeof NodeStatus>;

export const getStatus = defineEndpoint({
  name: 'get-status',
  method: 'GET',
  path: '/v1/status',
  summary: 'Where this node stands',
  params: {},
  query: {},
  body: null,
  answer: NodeStatus,
  signedBy: 'nobody',
});

export const getGenesis = defineEndpoint({
  name: 'get-genesis',
  method: 'GET',
  path: '/v1/genesis',
  summary: 'The genesis of this chain; its digest is in the network file',
  params: {},
  query: {},
  body: null,
  answer: Genesis,
  signedBy: 'nobody',
});

/**
 * How this chain began from another one, or goes on as another: all that a client needs to cross
 * over who believes a block of the old chain.
 */
export const PromotionAnswer = defineFormat('promotion-answer', 1, {
  /** Of the chain that goes on. */
  genesis: Genesis.schema,
  /** The last block of the old chain. */
  last: LightBlock.schema,
  /** What the old chain says of its end, with a proof under the app hash of `last`. */
  promotion: Promotion.schema,
  proof: stateProofField,
});
export type PromotionAnswer = FormatOf<typeof PromotionAnswer>;

export const getPromotion = defineEndpoint({
  name: 'get-promotion',
  method: 'GET',
  path: '/v1/promotion',
  summary: 'How this chain went on from another one, with a proof under the last block of that',
  params: {},
  query: {},
  body: null,
  answer: PromotionAnswer,
  signedBy: 'nobody',
});

export const getLightBlock = defineEndpoint({
  name: 'get-light-block',
  method: 'GET',
  path: '/v1/light-blocks/:height',
  summary: 'Header, commit and validators of a height; 0 asks for the newest',
  params: { height: field.integer<Height>() },
  query: {},
  body: null,
  answer: LightBlock,
  signedBy: 'nobody',
});

/** Headers that are given at once. */
export const HEADERS_MAX = 100;

/** Headers of a chain, each followed by the one before it. */
export const BlockHeaders = defineFormat('block-headers', 1, {
  headers: field.list(field.struct(blockHeaderFields), { min: 1, max: HEADERS_MAX }),
});
export type BlockHeaders = FormatOf<typeof BlockHeaders>;

export const getBlockHeaders = defineEndpoint({
  name: 'get-block-headers',
  method: 'GET',
  path: '/v1/block-headers/:height',
  summary: 'The header of a height and those before it, up to a hundred: a way down by hashes',
  params: { height: field.integer<Height>(1) },
  query: {},
  body: null,
  answer: BlockHeaders,
  signedBy: 'nobody',
});

/** Keys whose presence or absence is to be proved, all at one height. */
export const ProofRequest = defineFormat('proof-request', 1, {
  keys: field.list(field.bytesBetween(1, 512), { min: 1, max: LEDGER_LIMITS.provedKeysMax }),
  /** State after this height; null: the newest that a header commits to. */
  height: field.nullable(field.integer<Height>()),
});
export type ProofRequest = FormatOf<typeof ProofRequest>;

/** `block` follows the state's height: its header names the state's root. */
export const ProofAnswer = defineFormat('proof-answer', 1, {
  block: LightBlock.schema,
  items: field.list(
    field.struct({
      value: field.nullable(field.bytesBetween(0, LEDGER_LIMITS.valueBytesMax)),
      proof: stateProofField,
    }),
    { max: LEDGER_LIMITS.provedKeysMax },
  ),
});
export type ProofAnswer = FormatOf<typeof ProofAnswer>;

export const proveState = defineEndpoint({
  name: 'prove-state',
  method: 'POST',
  path: '/v1/proofs',
  summary: 'Values of state keys, or that there are none, with proofs under one header',
  params: {},
  query: {},
  body: ProofRequest,
  answer: ProofAnswer,
  signedBy: 'nobody',
});

/** That a transaction was taken, and what came of it: both headers prove it. */
export const Receipt = defineFormat('receipt', 1, {
  transaction: field.bytes(DIGEST_BYTES),
  /** SHA-256 of the envelope that was taken. */
  envelopeDigest: field.bytes(DIGEST_BYTES),
  result: transactionResultField,
  proof: transactionProofField,
  block: LightBlock.schema,
  next: LightBlock.schema,
});
export type Receipt = FormatOf<typeof Receipt>;

export const submitTransaction = defineEndpoint({
  name: 'submit-transaction',
  method: 'POST',
  path: '/v1/transactions',
  summary: 'Takes a signed transaction and answers when it is committed',
  params: {},
  query: {},
  body: raw(TRANSACTION_LIMITS.envelopeBytesMax),
  answer: Receipt,
  signedBy: 'nobody',
});

export const getReceipt = defineEndpoint({
  name: 'get-receipt',
  method: 'GET',
  path: '/v1/transactions/:id',
  summary: 'The receipt of a committed transaction',
  params: { id: field.bytes(DIGEST_BYTES) },
  query: {},
  body: null,
  answer: Receipt,
  signedBy: 'nobody',
});

/** A slot that a one-time key signed, for any organisation to carry. */
export const CarryRequest = defineFormat('carry-request', 1, {
  pk: field.bytes(32),
  value: field.bytes(32),
  signature: field.bytes(64),
  /** Reserved for anonymous quota tokens; empty today. */
  token: field.bytesBetween(0, 256),
});
export type CarryRequest = FormatOf<typeof CarryRequest>;

export const carrySlot = defineEndpoint({
  name: 'carry-slot',
  method: 'POST',
  path: '/v1/slots',
  summary: 'Has the slot of a one-time key written, without saying who asks',
  params: {},
  query: {},
  body: CarryRequest,
  answer: Receipt,
  signedBy: 'nobody',
});

/** Slots that one block wrote. */
export const BlockSlots = defineFormat('block-slots', 1, {
  height: field.integer<Height>(1),
  time: field.integer<Seconds>(),
  slots: field.list(field.bytes(DIGEST_BYTES), { max: 4_000_000 }),
});
export type BlockSlots = FormatOf<typeof BlockSlots>;

export const streamSlots = defineEndpoint({
  name: 'stream-slots',
  method: 'GET',
  path: '/v1/slots/stream',
  summary: 'New slots as they are written, from a height on: match them locally',
  params: {},
  query: { from: field.nullable(field.integer<Height>()) },
  body: null,
  answer: { event: BlockSlots },
  signedBy: 'nobody',
});

export const streamBlocks = defineEndpoint({
  name: 'stream-blocks',
  method: 'GET',
  path: '/v1/blocks/stream',
  summary: 'Light blocks as they are committed, from a height on',
  params: {},
  query: { from: field.nullable(field.integer<Height>()) },
  body: null,
  answer: { event: LightBlock },
  signedBy: 'nobody',
});

/** A whole block: what was asked of the ledger, and what came of it. */
export const BlockContent = defineFormat('block-content', 1, {
  block: LightBlock.schema,
  transactions: field.list(field.bytesBetween(1, TRANSACTION_LIMITS.envelopeBytesMax), {
    max: LEDGER_LIMITS.transactionsPerBlockMax,
  }),
  results: field.list(transactionResultField, { max: LEDGER_LIMITS.transactionsPerBlockMax }),
  events: field.list(ledgerEventField, {
    max: LEDGER_LIMITS.transactionsPerBlockMax * LEDGER_LIMITS.eventsMax,
  }),
  /** As in `verifyBlock`: how many of the transactions each container holds. */
  counts: field.later(
    field.list(field.nullable(field.integer(0, LEDGER_LIMITS.transactionsPerBlockMax)), {
      max: LEDGER_LIMITS.containersPerBlockMax,
    }),
  ),
});
export type BlockContent = FormatOf<typeof BlockContent>;

export const getBlock = defineEndpoint({
  name: 'get-block',
  method: 'GET',
  path: '/v1/blocks/:height',
  summary: 'A whole block',
  params: { height: field.integer<Height>(1) },
  query: {},
  body: null,
  answer: BlockContent,
  signedBy: 'nobody',
});
