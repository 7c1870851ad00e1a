import type { EngineQueries } from '@ward/engine';
import {
  encodeMessage,
  getLightBlock,
  networkOf,
  Outcome,
  proveState,
  type Receipt,
  Slot,
  SlotsWritten,
  slotKey,
  streamSlots,
  submitTransaction,
  VerifiedLedger,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import {
  AUTHOR_ROLE,
  callEndpoint,
  callEvents,
  ed25519Signer,
  equalBytes,
  headerHash,
  parseTransaction,
  signTransaction,
  type Transport,
  verifySignatures,
} from '@ward/protocol';
import { expect, it } from 'vitest';
import type { EngineUnderTest } from './engine-suite.ts';
import { memoryDoor as door, memoryTransport } from './memory-doors.ts';
import { codeOfAsync } from './refusals.ts';
import type { TestLedger } from './test-ledger.ts';

const ORIGIN = 'memory://journey';

/** The doors of a node over an engine, as far as the journey goes through them. */
function nodeOf(queries: EngineQueries): Transport {
  return memoryTransport(ORIGIN, [
    door(submitTransaction, ({ body, signal }) => queries.submit(body, signal)),
    door(getLightBlock, ({ params }) => queries.lightBlock(params.height)),
    door(proveState, ({ body }) => queries.prove(body)),
    door(streamSlots, ({ query, signal }) => queries.slots({ from: query.from, signal })),
  ]);
}

/** A slot that nobody has written, and the signed transaction that writes it. */
function signWrite(ledger: TestLedger, { now, name }: { now: number; name: string }) {
  const { crypto, provider, realm } = ledger;
  const address = crypto.sha256(Buffer.from(name));
  const value = crypto.sha256(address);
  const signed = signTransaction(
    {
      network: realm.network,
      chain: ledger.genesis.chain,
      signers: [{ account: provider.id, role: AUTHOR_ROLE }],
      validUntil: now + 60,
      salt: crypto.sha256(value).slice(0, 16),
      messages: [encodeMessage(WriteSlots, { slots: [{ address, value }] })],
    },
    [ed25519Signer(provider.service, crypto)],
    crypto,
  );
  const slot = writtenSlot({ organisation: provider.id, address }, realm);
  return { ...signed, slot, value };
}

/** A client that has the network file and nothing else. */
function clientOf(ledger: TestLedger, node: Transport, { now }: EngineUnderTest) {
  const { genesis, crypto } = ledger;
  const networkFile = {
    network: networkOf(genesis, crypto),
    genesis,
    checkpoint: null,
    nodes: [ORIGIN],
    trustingPeriodSeconds: 7 * 24 * 3600,
    witnesses: null,
  };
  const clock = { nowMs: () => now() * 1000 };
  return new VerifiedLedger({ networkFile, nodes: [node], clock, crypto });
}

/**
 * The journey of a transaction, step by step as ARCHITECTURE.md tells it, on any engine.
 *
 * @param start Starts an engine on nothing but the genesis of the ledger.
 */
export function describeTransactionJourney(
  name: string,
  ledger: TestLedger,
  start: () => Promise<EngineUnderTest>,
): void {
  it(`goes from an organisation to a subscriber on ${name}, and back to the caller`, async () => {
    const running = await start();
    try {
      await walkTransaction(ledger, running);
    } finally {
      await running.stop();
    }
  });
}

type Signed = ReturnType<typeof signWrite>;
type Send = (body: Uint8Array) => Promise<Receipt>;

async function walkTransaction(ledger: TestLedger, running: EngineUnderTest): Promise<void> {
  const { engine, queries, now } = running;
  const node = nodeOf(queries);
  const send: Send = (body) =>
    callEndpoint(submitTransaction, { params: {}, query: {}, body }, node);

  // The organisation signs: the id is that of the body, and every signer has signed it.
  const signed = signWrite(ledger, { now: now(), name: 'a journey' });
  const parsed = parseTransaction(signed.envelope, ledger.crypto);
  expect(parsed.id).toEqual(signed.id);
  verifySignatures(parsed, ledger.crypto);

  await refuseAtTheDoor(ledger, running, { send, signed });

  // A subscriber waits beside: it knows the slot, the node does not know what it waits for.
  const from = engine.newest!.header.height + 1;
  const subscriber = subscribe(node, signed.slot, from);

  // The engine orders a block, the contract's handler runs, the tree commits.
  const heights: number[] = [];
  const stop = engine.onBlock(({ header }) => heights.push(header.height));
  const receipt = await send(signed.envelope);
  stop();
  expect(heights).toContain(receipt.block.header.height);
  checkBlock(ledger, running, { receipt, signed });

  // The node has published it; the subscriber proves what it was told under a header it verifies.
  expect(await subscriber).toBe(receipt.block.header.height);
  const client = clientOf(ledger, node, running);
  const key = slotKey(signed.slot);
  const state = await client.prove([key]);
  const { time } = receipt.block.header;
  expect(state.record(Slot, key)).toEqual({ value: signed.value, time: time.seconds });

  // The caller is told, and believes nothing but proofs; the same again is told, not done.
  expect(receipt.transaction).toEqual(signed.id);
  expect(receipt.envelopeDigest).toEqual(ledger.crypto.sha256(signed.envelope));
  await client.verifyReceipt(receipt);
  const forged = { ...receipt, result: { ...receipt.result, code: 1 } };
  expect(await codeOfAsync(() => client.verifyReceipt(forged))).toBe('PROOF_INVALID');
  const again = await send(signed.envelope);
  expect(again.block.header.height).toBe(receipt.block.header.height);
  expect(again.proof).toEqual(receipt.proof);
}

/** The node bounds, decodes and has checked: none of this reaches a block. */
async function refuseAtTheDoor(
  ledger: TestLedger,
  { engine, now }: EngineUnderTest,
  { send, signed }: { send: Send; signed: Signed },
): Promise<void> {
  const { height } = engine.newest!.header;
  const altered = signed.envelope.with(-1, signed.envelope.at(-1)! ^ 1);
  expect(await codeOfAsync(() => send(signed.envelope.subarray(1)))).toMatch(/^(CBOR|FORMAT)_/);
  expect(await codeOfAsync(() => send(altered))).toBe('TRANSACTION_SIGNATURE');
  const old = signWrite(ledger, { now: now() - 1000, name: 'too late' });
  expect(await codeOfAsync(() => send(old.envelope))).toBe('TRANSACTION_EXPIRED');
  expect(engine.newest!.header.height).toBe(height);
}

/** The block holds it, its handler has written the slot, the next header commits to all of it. */
function checkBlock(
  { crypto }: TestLedger,
  { queries }: EngineUnderTest,
  { receipt, signed }: { receipt: Receipt; signed: Signed },
): void {
  const { block, next, result } = receipt;
  const { height } = block.header;
  const content = queries.block(height);
  expect(content.transactions.some((each) => equalBytes(each, signed.envelope))).toBe(true);
  const written = content.events.flatMap(({ body }) => SlotsWritten.decode(body).slots);
  expect(written).toContainEqual(signed.slot);
  expect(Outcome.decode(result.data).verdict.kind).toBe('applied');
  expect(next.header.height).toBe(height + 1);
  expect(next.header.lastBlock.hash).toEqual(headerHash(block.header, crypto));
  expect(next.header.appHash).not.toEqual(block.header.appHash);
}

/** Height at which a stream of new slots tells of one. */
async function subscribe(node: Transport, slot: Uint8Array, from: number): Promise<number> {
  for await (const block of callEvents(
    streamSlots,
    { params: {}, query: { from }, body: null },
    node,
  )) {
    if (block.slots.some((each) => equalBytes(each, slot))) return block.height;
  }
  throw new Error('the stream ended');
}
