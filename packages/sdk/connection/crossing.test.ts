import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Crossing,
  refuseLedger,
  submitTransaction,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import {
  ed25519Signer,
  parseTransaction,
  refuseProtocol,
  type Transport,
  type WardError,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { memoryDoor, memoryTransport } from '@ward/testkit/memory-doors';
import { NEXT_CHAIN, PromotedLedger } from '@ward/testkit/promoted-ledger';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TEST_CHAIN, TEST_TIME } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWard, type Ward } from '../create-ward.ts';
import { loadNetworkFile, openReader, saveNetworkFile } from '../node/home.ts';
import { message, submit } from './submit.ts';

const crypto = await loadCrypto();

let clock: { ms: number; nowMs: () => number };
let promoted: PromotedLedger;
/** What stands at the address of the clinic's node. */
let node: Transport;
/** Chains of the transactions that were submitted. */
let signed: string[];
let crossings: Crossing[];
beforeEach(async () => {
  clock = { ms: TEST_TIME * 1000 + 5000, nowMs: () => clock.ms };
  promoted = await PromotedLedger.start(clock, crypto);
  await promoted.block();
  node = promoted.node.transport;
  [signed, crossings] = [[], []];
});
afterEach(() => promoted.node.stop());

const transport = (origin: string): Transport => ({
  name: origin,
  send: (request, options) =>
    origin === 'memory://node'
      ? node.send(request, options)
      : Promise.reject(new Error('connection refused')),
});

/** Beside the doors of a node one that takes transactions as `answer` says. */
function taking(inner: Transport, answer: (chain: string) => WardError): Transport {
  const door = memoryDoor(submitTransaction, ({ body }) => {
    const { chain } = parseTransaction(body, crypto).body;
    signed.push(chain);
    throw answer(chain);
  });
  const doors = memoryTransport(inner.name, [door]);
  return {
    name: inner.name,
    send: (request, options) =>
      (request.target.startsWith('/v1/transactions') ? doors : inner).send(request, options),
  };
}

async function reader(): Promise<Ward> {
  const { networkFile } = promoted.node;
  const onCrossed = (crossing: Crossing) => void crossings.push(crossing);
  return createWard({ networkFile, transport, crypto, clock, onCrossed });
}

function write({ connection }: Ward) {
  const { provider } = promoted.ledger;
  const slots = [{ address: new Uint8Array(32), value: new Uint8Array(32) }];
  const sign = ed25519Signer(provider.service, crypto);
  return submit(connection, [message(WriteSlots, { slots })], [{ account: provider.id, sign }]);
}

async function promote(answer: (chain: string) => WardError): Promise<void> {
  await promoted.promote();
  clock.ms += 3000;
  node = taking(promoted.nextNode('memory://node'), answer);
}

describe('a transaction of a client that was away during a promotion', () => {
  it('is signed anew for the chain that goes on', async () => {
    const ward = await reader();
    await ward.ledger.head();
    await promote((chain) =>
      chain === NEXT_CHAIN ? refuseLedger('SIGNER_ROLE') : refuseLedger('NETWORK_MISMATCH'),
    );
    expect(await codeOfAsync(() => write(ward))).toBe('SIGNER_ROLE');
    expect(signed).toEqual([TEST_CHAIN, NEXT_CHAIN]);
    expect(crossings).toHaveLength(1);
    expect(ward.connection.chain).toBe(NEXT_CHAIN);
  });

  it('is refused as long as the chain that goes on does not answer', async () => {
    const ward = await reader();
    await ward.ledger.head();
    await promoted.promote();
    expect(await codeOfAsync(() => write(ward))).toBe('NETWORK_PROMOTED');
    expect(crossings).toEqual([]);
  });

  it('is not signed a second time for a node that only says so', async () => {
    const ward = await reader();
    await ward.ledger.head();
    await promoted.block();
    node = taking(promoted.node.transport, () => refuseLedger('NETWORK_PROMOTED'));
    expect(await codeOfAsync(() => write(ward))).toBe('NETWORK_PROMOTED');
    expect(signed).toEqual([TEST_CHAIN]);
  });

  it('is not signed a second time where the first may have been taken', async () => {
    const { networkFile } = promoted.node;
    const nodes = ['memory://cut', 'memory://node'];
    const cut = (origin: string) =>
      origin === 'memory://cut'
        ? taking({ ...promoted.node.transport, name: origin }, () =>
            refuseProtocol('SERVER_UNREACHABLE'),
          )
        : transport(origin);
    const ward = await createWard({
      ...{ networkFile: { ...networkFile, nodes }, transport: cut, crypto, clock },
    });
    await ward.ledger.head();
    await promote(() => refuseLedger('NETWORK_MISMATCH'));
    expect(await codeOfAsync(() => write(ward))).toBe('TRANSACTION_UNCERTAIN');
    expect(signed).toEqual([TEST_CHAIN, TEST_CHAIN]);
  });
});

describe('what a client reads behind a promotion', () => {
  it('is asked of the nodes that came too, and history begins with the new chain', async () => {
    const ward = await reader();
    await ward.ledger.head();
    const { history } = ward.connection;
    await promote(() => refuseLedger('NETWORK_MISMATCH'));
    await ward.ledger.head();
    expect(ward.connection.nodes.map(({ name }) => name)).toEqual([
      'memory://node',
      'memory://came',
    ]);
    expect(ward.connection.history).not.toBe(history);
    expect(ward.connection.history.rules.chain).toBe(NEXT_CHAIN);
    const [carrier] = ward.connection.carriers(new Uint8Array(32));
    expect(carrier!.name).toBe('memory://node');
  });
});

describe('a home whose ledger was promoted', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ward-crossed-'));
    saveNetworkFile(home, promoted.node.networkFile);
  });
  afterEach(() => rmSync(home, { recursive: true }));

  const open = () =>
    openReader({
      ...{ path: home, transport, crypto, clock },
      onCrossed: (crossing) => crossings.push(crossing),
    });

  it('crosses over at its next call, says so once, and keeps what it had', async () => {
    await (await open()).ledger.head();
    await promote(() => refuseLedger('NETWORK_MISMATCH'));
    const ward = await open();
    const slot = { organisation: promoted.ledger.provider.id, address: new Uint8Array(32) };
    await ward.connection.prove([writtenSlot(slot, promoted.ledger.realm)]);
    expect(crossings).toHaveLength(1);
    expect(loadNetworkFile(home)).toEqual(ward.connection.networkFile);
    const { height } = promoted.answer!.last.header;
    expect(existsSync(join(home, `network.until-${height}.json`))).toBe(true);
    await (await open()).ledger.head();
    expect(crossings).toHaveLength(1);
  });

  it('keeps its files where the crossing is refused', async () => {
    await promoted.promote({ named: new Uint8Array(32) });
    node = promoted.nextNode('memory://node');
    const ward = await open();
    expect(await codeOfAsync(() => ward.ledger.head())).toBe('PROMOTION_INVALID');
    expect(loadNetworkFile(home)).toEqual(promoted.node.networkFile);
  });

  it('goes by the network file where the block it kept is of the chain before', async () => {
    const before = await reader();
    const newest = await before.ledger.head();
    await promote(() => refuseLedger('NETWORK_MISMATCH'));
    await (await open()).ledger.head();
    // As a crash leaves it: the new network file, and the block that was believed before.
    const networkFile = loadNetworkFile(home);
    const ward = await createWard({ networkFile, transport, crypto, clock, trusted: newest });
    expect((await ward.ledger.head()).header.chain).toBe(NEXT_CHAIN);
  });
});
