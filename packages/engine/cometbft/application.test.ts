import { StateMachine, type VerifiedTransaction } from '@ward/ledger';
import { Outcome, WriteSlots } from '@ward/ledger/schema';
import {
  type BlockHeader,
  encodeTransactionResult,
  merkleLeaf,
  merkleRoot,
  type TransactionResult,
  verifyTransaction,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { beforeEach, describe, expect, it } from 'vitest';
import { InlineIngress } from '../embedded/ingress/inline-ingress.ts';
import { VolatileStorage } from '../storage/durable-storage.ts';
import type { AnswerOf, RequestOf } from './abci-messages.ts';
import type { AbciApplication } from './abci-server.ts';
import { createApplication, type TakenBlock } from './application.ts';
import { authorsOf } from './authors.ts';
import { packContainer } from './container.ts';
import { BlockContainers, ContainerResults } from './container-archive.ts';
import { ContainerPool } from './container-pool.ts';
import { Verifier } from './verifier.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis } = ledger;
const HASH = new Uint8Array(32).fill(7);

let storage: VolatileStorage;
let machine: StateMachine;
let pool: ContainerPool;
let application: AbciApplication;
let taken: TakenBlock[];

/** An application on what its storage holds, as after a start. */
function open(): void {
  machine = StateMachine.open({ storage, crypto, genesis });
  pool = new ContainerPool(crypto, authorsOf(machine));
  taken = [];
  application = createApplication({
    ...{ genesis, machine, storage, pool, crypto },
    verifier: new Verifier(new InlineIngress(crypto), crypto),
    onCommitted: (block) => taken.push(block),
    nowMs: () => 0,
  });
}

beforeEach(() => {
  storage = new VolatileStorage();
  open();
});

let made = 0;
function write(address = crypto.sha256(Buffer.from(`own ${made++}`))): VerifiedTransaction {
  const slots = [{ address, value: address }];
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, TEST_TIME);
}

function pack(...transactions: readonly { readonly envelope: Uint8Array }[]): Uint8Array {
  return packContainer(transactions.map(({ envelope }) => envelope));
}

/** The same with a signature that does not fit. */
function forge({ envelope }: VerifiedTransaction): { readonly envelope: Uint8Array } {
  const forged = envelope.slice();
  forged[forged.length - 1]! ^= 1;
  return { envelope: forged };
}

type Block = RequestOf<'finalizeBlock'>;

function block(containers: readonly Uint8Array[], height = machine.height + 1): Block {
  const nothing = new Uint8Array(0);
  return {
    ...{ containers, hash: HASH, height: BigInt(height), misbehavior: [] },
    lastCommit: { round: 0, votes: [] },
    time: { seconds: BigInt(TEST_TIME + height), nanos: 5 },
    ...{ nextValidatorsHash: nothing, proposer: nothing },
  };
}

async function finalize(...containers: Uint8Array[]): Promise<AnswerOf<'finalizeBlock'>> {
  return application.finalizeBlock(block(containers));
}

async function settle(...containers: Uint8Array[]): Promise<AnswerOf<'finalizeBlock'>> {
  const answer = await finalize(...containers);
  await application.commit({} as RequestOf<'commit'>);
  return answer;
}

function codesOf({ results }: TakenBlock): string[] {
  return results.map(({ data }) => {
    const { verdict } = Outcome.decode(data);
    return verdict.kind === 'applied' ? 'APPLIED' : verdict.code;
  });
}

describe('the start of a chain', () => {
  const { validators } = genesis;
  const request: RequestOf<'initChain'> = {
    time: { seconds: BigInt(genesis.time), nanos: 0 },
    chain: genesis.chain,
    parameters: undefined,
    validators: validators.map(({ publicKey, power }) => ({
      key: { value: { case: 'ed25519', value: publicKey } },
      power: BigInt(power),
    })),
    appState: new Uint8Array(0),
    initialHeight: 1n,
  };

  it('names the state of the genesis, as often as it is asked', async () => {
    for (let i = 0; i < 2; i++) {
      expect(await application.initChain(request)).toEqual({ appHash: machine.appHash });
    }
  });

  it.each([
    { change: { chain: 'another' } },
    { change: { time: { seconds: 5n, nanos: 0 } } },
    { change: { validators: [] } },
    { change: { validators: [{ key: request.validators[0]!.key, power: 2n }] } },
    {
      change: {
        validators: [{ key: { value: { case: 'ed25519' as const, value: HASH } }, power: 1n }],
      },
    },
  ])('is refused where it is not that of the genesis: $change', ({ change }) => {
    expect(codeOf(() => application.initChain({ ...request, ...change }))).toBe('ENGINE_BROKEN');
  });

  it('tells where the ledger stands, and is refused under another ABCI', async () => {
    const info = { version: '0.39.0', abciVersion: '2.0.0' };
    expect(await application.info(info)).toMatchObject({ lastHeight: 0n, appVersion: 1n });
    const { appHash } = await settle(pack(write()));
    const stands = { lastHeight: 1n, lastAppHash: appHash };
    expect(await application.info(info)).toMatchObject(stands);
    const other = { ...info, abciVersion: '2.1.0' };
    expect(codeOf(() => application.info(other))).toBe('ENGINE_BROKEN');
  });
});

describe('a block', () => {
  it('changes nothing that lasts until it is committed, and may be sent again', async () => {
    const before = machine.appHash;
    const [one, other] = [pack(write()), pack(write())];
    const first = await finalize(one);
    expect(machine.height).toBe(0);
    expect(machine.appHash).toEqual(before);
    expect(await finalize(one)).toEqual(first);
    const another = await finalize(other);
    expect(another.appHash).not.toEqual(first.appHash);
    expect(await finalize(one)).toEqual(first);
    await application.commit({} as RequestOf<'commit'>);
    expect(machine.height).toBe(1);
    expect(machine.appHash).toEqual(first.appHash);
  });

  it('is there after a start from what was committed, and goes on alike', async () => {
    const [first, second] = [pack(write(), write()), pack(write())];
    await settle(first);
    const expected = await finalize(second);
    open();
    expect(machine.height).toBe(1);
    expect(await finalize(second)).toEqual(expected);
  });

  it('is not committed before it is executed', async () => {
    const commit = async () => application.commit({} as RequestOf<'commit'>);
    expect(await codeOfAsync(commit)).toBe('ENGINE_BROKEN');
  });

  it('takes the transactions of all containers in their order', async () => {
    const all = [write(), write(), write()];
    const answer = await settle(pack(all[0]!, all[1]!), pack(all[2]!));
    expect(answer.results).toHaveLength(2);
    expect(taken[0]!.transactions.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(machine.find(all[2]!.id)).toEqual({ height: 1, index: 2 });
    const logged = BlockContainers.decode(machine.block(1)!.lightBlock);
    expect(logged).toEqual({ block: HASH, counts: [2, 1] });
  });

  it('refuses a transaction and nothing else in its container', async () => {
    const address = crypto.sha256(Uint8Array.of(1));
    const [first, second, last] = [write(address), write(address), write()];
    const { results } = await settle(pack(first, second, last));
    expect(results!.map(({ code }) => code)).toEqual([0]);
    expect(codesOf(taken[0]!)).toEqual(['APPLIED', 'SLOT_TAKEN', 'APPLIED']);
  });

  it('gives a transaction one place, though several containers bring it', async () => {
    const own = write();
    await settle(pack(own), pack(write(), own));
    expect(codesOf(taken[0]!)).toEqual(['APPLIED', 'APPLIED', 'TRANSACTION_REPLAYED']);
    expect(machine.find(own.id)).toEqual({ height: 1, index: 0 });
    await settle(pack(own));
    expect(codesOf(taken[1]!)).toEqual(['TRANSACTION_REPLAYED']);
  });

  it('has what is no container as refused, and a forged transaction as not there', async () => {
    const good = write();
    const containers = [Uint8Array.of(1, 2), pack(forge(write()), good), pack(forge(write()))];
    const { results } = await settle(...containers);
    expect(results!.map(({ code }) => code)).toEqual([1, 0, 0]);
    expect(taken[0]!.transactions.map(({ id }) => id)).toEqual([good.id]);
    expect(BlockContainers.decode(machine.block(1)!.lightBlock).counts).toEqual([null, 1, 0]);
  });

  it('leaves the state as it is when it is empty', async () => {
    const { appHash } = await settle(pack(write()));
    expect((await settle()).appHash).toEqual(appHash);
  });
});

describe('a vote on a block', () => {
  const ACCEPT = 1;
  const REJECT = 2;
  const judge = async (...containers: Uint8Array[]) =>
    (await application.processProposal(block(containers))).status;

  it('is for one that an honest node could propose, refused transactions or not', async () => {
    expect(await judge()).toBe(ACCEPT);
    const own = write();
    expect(await judge(pack(own), pack(own, write()))).toBe(ACCEPT);
  });

  it('is against one with anything that no honest node lets in', async () => {
    expect(await judge(pack(write()), Uint8Array.of(0))).toBe(REJECT);
    expect(await judge(pack(write(), forge(write())))).toBe(REJECT);
    expect(await judge(write().envelope)).toBe(REJECT);
  });
});

describe('the mempool', () => {
  const TAKEN = 0;
  const REFUSED = 1;
  const insert = async (bytes: Uint8Array) => (await application.insertTx({ bytes })).code;
  const propose = async (maxBytes = 1_000_000n) => {
    const { height, time } = block([]);
    const request = { maxBytes, containers: [], misbehavior: [], height, time };
    return (await application.prepareProposal(request)).containers!;
  };
  const submitter = { committed() {}, refused() {}, settled() {} };
  // What comes is verified behind the answer.
  const allVerified = () => new Promise((resolve) => setImmediate(resolve));

  it('tells of what was packed once, and proposes it until a block takes it', async () => {
    const transaction = write();
    pool.add({ transaction, submitter, token: 0 });
    const request = { maxBytes: 0n, maxGas: 0n };
    const { containers } = await application.reapTxs(request);
    expect(containers).toEqual([pack(transaction)]);
    expect((await application.reapTxs(request)).containers).toEqual([]);
    expect(await propose()).toEqual(containers);
    expect(await propose()).toEqual(containers);
    await settle(...containers!);
    expect(await propose()).toEqual([]);
  });

  it('packs what came a moment before a proposal', async () => {
    const transaction = write();
    pool.add({ transaction, submitter, token: 0 });
    expect(await propose()).toEqual([pack(transaction)]);
  });

  it('takes in what others tell, and does not tell it again itself', async () => {
    const container = pack(write(), write());
    expect(await insert(container)).toBe(TAKEN);
    expect(await insert(container)).toBe(TAKEN);
    await allVerified();
    expect((await application.reapTxs({ maxBytes: 0n, maxGas: 0n })).containers).toEqual([]);
    expect(await propose()).toEqual([container]);
  });

  it('proposes nothing forged, torn or past its time, nor what a block has taken', async () => {
    expect(await insert(Uint8Array.of(9))).toBe(REFUSED);
    expect(await insert(pack({ envelope: Uint8Array.of(9) }))).toBe(REFUSED);
    expect(await insert(pack(write(), forge(write())))).toBe(TAKEN);
    const own = write();
    await settle(pack(own));
    expect(await insert(pack(own))).toBe(TAKEN);
    // The same transaction in another container: nothing in it could be taken any more.
    expect(await insert(pack(own, own))).toBe(TAKEN);
    await allVerified();
    expect(await propose()).toEqual([]);
    expect(pool.bytes).toBe(0);
  });

  it('proposes no more than fits', async () => {
    const all = Array.from({ length: 5 }, () => pack(write()));
    for (const container of all) await insert(container);
    await allVerified();
    const fits = BigInt(3 * (all[0]!.length + 8));
    expect(await propose(fits)).toEqual(all.slice(0, 3));
  });

  it("takes nothing by CometBFT's own doors", async () => {
    expect(await application.checkTx({ bytes: pack(write()) })).toEqual({ code: REFUSED });
    expect(await application.query({ data: HASH, path: '' })).toMatchObject({ code: REFUSED });
  });

  it('has no snapshots yet, and votes without extensions', async () => {
    const nothing = {} as never;
    expect(await application.listSnapshots(nothing)).toEqual({ snapshots: [] });
    expect(await application.offerSnapshot(nothing)).toEqual({ status: 4 });
    expect(await application.applySnapshotChunk(nothing)).toEqual({ status: 2 });
    expect(await application.loadSnapshotChunk(nothing)).toEqual({});
    expect(await application.extendVote(nothing)).toEqual({});
    expect(await application.verifyVoteExtension(nothing)).toEqual({ status: 1 });
    expect(await application.echo({ text: 'so' })).toEqual({ text: 'so' });
    expect(await application.flush(nothing)).toEqual({});
  });
});

describe('the results of containers', () => {
  const validators = testValidators([1], { seed: 1, crypto });
  const headerAt = (height: number, header: Partial<BlockHeader>) => {
    const time = { seconds: TEST_TIME + height, nanos: 0 };
    return signLightBlock({ chain: 'c', height, time, validators, header }, crypto).header;
  };

  it.each([
    { counts: [1] },
    { counts: [3, 2] },
    { counts: [0, 1, null, 4, 0] },
    { counts: [null, null, 7, 1] },
    { counts: [2, 0, 0, 2, 2, 2, 2] },
  ])('prove each transaction under the next header: $counts', ({ counts }) => {
    const count = counts.reduce<number>((sum, own) => sum + (own ?? 0), 0);
    const all = Array.from({ length: count }, (_, i) => ({
      digest: crypto.sha256(Uint8Array.of(i)),
      result: { code: i % 2, data: Uint8Array.of(i) } satisfies TransactionResult,
    }));
    const containers = new ContainerResults(counts, all, crypto);
    expect(containers.results).toHaveLength(counts.length);
    const encoded = containers.results.map(encodeTransactionResult);
    const next = headerAt(8, { lastResultsHash: merkleRoot(encoded, crypto) });
    const headers = { header: headerAt(7, {}), next };
    for (const [index, { digest, result }] of all.entries()) {
      const claim = { digest, result, proof: containers.proof(index) };
      expect(verifyTransaction(claim, headers, crypto)).toBe(true);
      const other = { ...claim, digest: merkleLeaf(digest, crypto) };
      expect(verifyTransaction(other, headers, crypto)).toBe(false);
    }
  });
});
