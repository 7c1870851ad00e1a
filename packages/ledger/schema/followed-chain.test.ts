import {
  type Crossing,
  genesisOf,
  getLightBlock,
  getReceipt,
  type NetworkFile,
  networkState,
  type PromotionAnswer,
  type Receipt,
  slotKey,
  slotsState,
  VerifiedLedger,
  writtenSlot,
} from '@ward/ledger/schema';
import { callEndpoint, type Transport, type TrustedBlock } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { testValidators } from '@ward/testkit/light-blocks';
import { memoryDoor, memoryTransport } from '@ward/testkit/memory-doors';
import { NEXT_CHAIN, PromotedLedger } from '@ward/testkit/promoted-ledger';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TEST_CHAIN, TEST_TIME } from '@ward/testkit/test-ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const WEEK_SECONDS = 7 * 86_400;
const bytes = (byte: number) => new Uint8Array(32).fill(byte);

let clock: { ms: number; nowMs: () => number };
let promoted: PromotedLedger;
let networkFile: NetworkFile;
let taken: Receipt;
let lies: string[];
let forks: number[];
let crossings: Crossing[];
beforeEach(async () => {
  clock = { ms: TEST_TIME * 1000 + 5000, nowMs: () => clock.ms };
  promoted = await PromotedLedger.start(clock, crypto);
  networkFile = promoted.node.networkFile;
  [lies, forks, crossings] = [[], [], []];
  taken = await promoted.write(1);
});
afterEach(() => promoted.node.stop());

interface ClientOptions {
  readonly file?: NetworkFile;
  readonly trusted?: TrustedBlock | undefined;
}

function client(nodes: readonly Transport[], { file = networkFile, trusted }: ClientOptions = {}) {
  return new VerifiedLedger({
    ...{ networkFile: file, nodes, clock, crypto },
    ...(trusted === undefined ? {} : { trusted }),
    onLie: (name, { code }) => lies.push(`${name} ${code}`),
    onFork: (_name, _evidence, { height }) => forks.push(height),
    onCrossed: (crossing) => crossings.push(crossing),
  });
}

/** A client that has seen the old chain, as far as it is. */
async function follower(): Promise<VerifiedLedger> {
  const ledger = client([promoted.node.transport]);
  await ledger.head();
  return ledger;
}

/** A new client that believed `before`, at a node of the next chain. */
function crossing(before: VerifiedLedger, next: Transport): VerifiedLedger {
  return client([next], { trusted: before.trusted });
}

describe('a client of a ledger that was promoted', () => {
  it('crosses over at its next call, says so once, and reads on', async () => {
    const before = await follower();
    const { last } = await promoted.promote();
    clock.ms += 3000;
    const after = crossing(before, promoted.nextNode());
    const slot = writtenSlot(
      { organisation: promoted.ledger.provider.id, address: bytes(1) },
      promoted.ledger.realm,
    );
    expect((await after.read(slotsState.slots, slot))?.value).toEqual(bytes(101));
    expect((await after.prove([slotKey(slot)])).header.chain).toBe(NEXT_CHAIN);
    expect((await after.read(networkState.promotion))?.chain).toBe(NEXT_CHAIN);
    expect(after.trusted?.header.height).toBe(promoted.nextHeight);
    const { height } = last.header;
    expect(crossings).toMatchObject([{ from: TEST_CHAIN, height }]);
    expect(after.networkFile).toBe(crossings[0]!.networkFile);
    expect(crossings[0]!.trusted.header.height).toBe(height + 1);
    expect([lies, forks]).toEqual([[], []]);
  });

  it('has a file of the same network, with the nodes that came and a shorter trust', async () => {
    const before = await follower();
    await promoted.promote();
    const after = crossing(before, promoted.nextNode());
    expect((await after.head()).header.chain).toBe(NEXT_CHAIN);
    const { network, genesis, nodes, checkpoint } = after.networkFile;
    expect(network).toEqual(networkFile.network);
    expect(genesis).toEqual(promoted.answer!.genesis);
    expect(nodes).toEqual(['memory://node', 'memory://came']);
    expect(checkpoint?.header.chain).toBe(NEXT_CHAIN);
    const again = client([promoted.nextNode()], { file: after.networkFile });
    await again.head();
    expect(crossings).toHaveLength(1);
    const long = { ...networkFile, trustingPeriodSeconds: 90 * 86_400 };
    const patient = client([promoted.nextNode()], { file: long });
    await patient.head();
    expect(patient.networkFile.trustingPeriodSeconds).toBe(14 * 86_400);
  });

  it('crosses from the genesis alone, and where it saw empty blocks behind the end', async () => {
    await promoted.promote();
    clock.ms += 2000;
    const before = client([promoted.node.transport]);
    await before.follow(promoted.behind());
    const ended = promoted.answer!.last.header.height;
    expect(before.trusted!.header.height).toBeGreaterThan(ended);
    clock.ms += 3000;
    await crossing(before, promoted.nextNode()).head();
    await client([promoted.nextNode()]).head();
    expect(crossings.map(({ height }) => height)).toEqual([ended, ended]);
    expect([lies, forks]).toEqual([[], []]);
  });

  it('goes over in the middle of its life, whatever it asks first', async () => {
    let node = promoted.node.transport;
    const way: Transport = { name: 'memory://way', send: (...sent) => node.send(...sent) };
    const ledger = client([way]);
    await ledger.head();
    await promoted.promote();
    node = promoted.nextNode();
    clock.ms += 2000;
    await ledger.follow(promoted.nextBlock(promoted.nextHeight));
    expect(ledger.rules.chain).toBe(NEXT_CHAIN);
    expect(crossings).toHaveLength(1);
  });

  it('says so once though many questions cross at one time', async () => {
    const before = await follower();
    await promoted.promote();
    clock.ms += 2000;
    const ledger = crossing(before, promoted.nextNode());
    await Promise.all([ledger.head(), ledger.head(), ledger.prove([slotKey(bytes(3))])]);
    expect(crossings).toHaveLength(1);
    expect([lies, forks]).toEqual([[], []]);
  });
});

describe('what was proved before the promotion', () => {
  it('still is: a receipt of the old chain verifies by its last block', async () => {
    await promoted.promote();
    const after = client([promoted.nextNode()]);
    await after.head();
    await after.verifyReceipt(taken);
    const request = { params: { id: taken.transaction }, query: {}, body: null };
    await after.verifyReceipt(await callEndpoint(getReceipt, request, promoted.nextNode()));
    const reopened = client([promoted.nextNode()], { file: after.networkFile });
    await reopened.verifyReceipt(taken);
    expect([lies, forks]).toEqual([[], []]);
  });

  it('is not what others signed, what was altered, or what came behind the end', async () => {
    await promoted.promote();
    const behind = promoted.behind();
    const after = client([promoted.nextNode()]);
    await after.head();
    const flipped = { ...taken.block.header, appHash: bytes(3) };
    const altered = { ...taken, block: { ...taken.block, header: flipped } };
    expect(await codeOfAsync(() => after.verifyReceipt(altered))).toBe('HEADER_MISMATCH');
    expect(await codeOfAsync(() => after.follow(behind))).toBe('HEADER_MISMATCH');
    expect(await codeOfAsync(() => after.follow(altered.block))).toBe('HEADER_MISMATCH');
    const digest = { ...taken, envelopeDigest: bytes(4) };
    expect(await codeOfAsync(() => after.verifyReceipt(digest))).toBe('PROOF_INVALID');
  });

  it('is proved by the hashes of headers once the old signatures are too old', async () => {
    await promoted.promote();
    const after = client([promoted.nextNode()]);
    await after.head();
    clock.ms += (WEEK_SECONDS - 20) * 1000;
    await after.head();
    clock.ms += 60_000;
    await after.head();
    await after.verifyReceipt(taken);
    const { header } = taken.block;
    const other = promoted.nextBlock(header.height, {
      ...promoted.answer!,
      genesis: { ...promoted.answer!.genesis, chain: TEST_CHAIN },
    });
    const forged = { ...taken, block: other };
    expect(await codeOfAsync(() => after.verifyReceipt(forged))).toBe('HEADER_MISMATCH');
    const { commit } = taken.block;
    const signatures = commit.signatures.map((one) => ({ ...one, signature: new Uint8Array(64) }));
    const unsigned = { ...taken.block, commit: { ...commit, signatures } };
    expect(await codeOfAsync(() => after.follow(unsigned))).toBe('HEADER_MISMATCH');
    expect(await codeOfAsync(() => after.follow(promoted.behind()))).toBe('HEADER_MISMATCH');
  });
});

describe('nobody is led over', () => {
  const refusal = async (next: Transport, before?: VerifiedLedger) => {
    const ledger = before === undefined ? client([next]) : crossing(before, next);
    const code = await codeOfAsync(() => ledger.head());
    expect(ledger.rules.chain).toBe(TEST_CHAIN);
    expect(crossings).toEqual([]);
    return code;
  };

  it('by another plan than the old chain names', async () => {
    const before = await follower();
    const answer = await promoted.promote({ named: bytes(9) });
    expect(await refusal(promoted.nextNode('a', { answer }), before)).toBe('PROMOTION_INVALID');
    expect(lies).toEqual(['a PROMOTION_INVALID']);
    expect(forks).toEqual([]);
  });

  it('by a plan of another chain than the one that goes on', async () => {
    const before = await follower();
    const answer = await promoted.promote({ chain: 'ward-test-other' });
    expect(await refusal(promoted.nextNode('a', { answer }), before)).toBe('PROMOTION_INVALID');
  });

  it('by a genesis in which anything is another', async () => {
    const before = await follower();
    const answer = await promoted.promote();
    const { genesis } = answer;
    const own = testValidators([1], { seed: 5, crypto });
    const validators = own.map(({ publicKey, power }) => ({ publicKey, power }));
    const { predecessor } = genesis;
    const others: PromotionAnswer['genesis'][] = [
      { ...genesis, validators },
      { ...genesis, members: [] },
      { ...genesis, time: genesis.time + 1 },
      { ...genesis, network: bytes(8) },
      { ...genesis, network: null },
      { ...genesis, chain: 'ward-test-other' },
      { ...genesis, governance: null },
      { ...genesis, predecessor: { ...predecessor!, hash: bytes(7) } },
      { ...genesis, predecessor: { ...predecessor!, height: predecessor!.height - 1 } },
      { ...genesis, predecessor: { ...predecessor!, chain: 'ward-test-0' } },
      { ...genesis, predecessor: null },
    ];
    for (const [index, other] of others.entries()) {
      const change = (shown: PromotionAnswer) => ({ ...shown, genesis: other });
      const liar = promoted.nextNode(`liar ${index}`, { change });
      const code = await refusal(liar, before);
      const codes = ['PROMOTION_INVALID', 'HEADER_MISMATCH'];
      expect(codes, `genesis ${index}`).toContain(code);
      const both = client([liar, promoted.node.transport], { trusted: before.trusted });
      await both.head();
      expect(both.rules.chain).toBe(TEST_CHAIN);
    }
  });

  it('by a record that is not proved, or proved under another header', async () => {
    const before = await follower();
    const early = await promoted.block();
    const plan = promoted.plan();
    const none = await promoted.answerFor(plan, early.header.height);
    await promoted.promote();
    expect(await refusal(promoted.nextNode('a', { answer: none }), before)).toBe('PROOF_INVALID');
    const mixed = { ...promoted.answer!, last: early };
    expect(await refusal(promoted.nextNode('b', { answer: mixed }), before)).toBe('PROOF_INVALID');
    const change = (shown: PromotionAnswer) => {
      const siblings = shown.proof.siblings.map((hash) => hash.map((byte) => byte ^ 1));
      return { ...shown, proof: { ...shown.proof, siblings } };
    };
    expect(await refusal(promoted.nextNode('c', { change }), before)).toBe('PROOF_INVALID');
  });

  it('by a last block that the old validators did not sign', async () => {
    const before = await follower();
    await promoted.promote();
    const strangers = testValidators([1], { seed: 6, crypto });
    const { answer } = promoted;
    const { last, genesis } = answer!;
    const old = { ...answer!, genesis: { ...genesis, chain: TEST_CHAIN } };
    const signed = promoted.nextBlock(last.header.height, old, strangers);
    const header = { ...last.header, time: { ...last.header.time, nanos: 5 } };
    for (const shown of [signed, { ...last, header }]) {
      const made = { ...answer!, last: shown };
      const next = promoted.nextNode('a', { answer: made });
      const codes = ['HEADER_MISMATCH', 'HEADER_UNTRUSTED', 'HEADER_TIME'];
      expect(codes).toContain(await refusal(next, before));
      expect(codes).toContain(await refusal(next));
    }
    expect(forks).toEqual([]);
  });

  it('to a first block that the validators of the genesis did not sign', async () => {
    const before = await follower();
    await promoted.promote();
    const signers = testValidators([1, 1, 1, 1], { seed: 6, crypto });
    const next = promoted.nextNode('a', { signers });
    expect(await refusal(next, before)).toBe('HEADER_MISMATCH');
  });

  it('from a block that is older than the trusting period', async () => {
    const before = await follower();
    await promoted.promote();
    const behind = client([promoted.node.transport]);
    await behind.follow(promoted.behind());
    clock.ms += (WEEK_SECONDS + 5) * 1000;
    expect(await refusal(promoted.nextNode(), before)).toBe('TRUST_EXPIRED');
    expect(await refusal(promoted.nextNode(), behind)).toBe('TRUST_EXPIRED');
  });
});

describe('two ways out of one ledger', () => {
  let twin: PromotedLedger;
  beforeEach(async () => {
    // The same validator, which signs another history.
    twin = await PromotedLedger.start(clock, crypto);
  });
  afterEach(() => twin.node.stop());

  it('are a fork: the old chain moved on behind its end', async () => {
    const { last } = await promoted.promote();
    while ((await twin.block()).header.height <= last.header.height + 2);
    const before = client([twin.node.transport]);
    await before.head();
    const ledger = crossing(before, promoted.nextNode());
    expect(await codeOfAsync(() => ledger.head())).toBe('HEADER_FORK');
    expect(forks).toEqual([last.header.height]);
    expect(ledger.rules.chain).toBe(TEST_CHAIN);
  });

  it('are a fork to who believed another block in the place of the last', async () => {
    const { last } = await promoted.promote();
    while ((await twin.block()).header.height < last.header.height);
    const before = client([twin.node.transport]);
    await before.head();
    const ledger = crossing(before, promoted.nextNode());
    expect(await codeOfAsync(() => ledger.head())).toBe('HEADER_FORK');
    expect(crossings).toEqual([]);
  });

  it('are a fork to who has gone one of them, and no other is gone', async () => {
    await promoted.promote();
    const after = client([promoted.nextNode()]);
    await after.head();
    for (let i = 0; i < 9; i++) await twin.block();
    await twin.promote({ plan: { chain: 'ward-test-rival', members: [] } });
    const known = { file: after.networkFile, trusted: after.trusted };
    const alone = client([twin.nextNode('rival')], known);
    expect(await codeOfAsync(() => alone.head())).toBe('HEADER_MISMATCH');
    const told = client([twin.nextNode('rival'), promoted.nextNode()], known);
    expect(await codeOfAsync(() => told.head())).toBe('HEADER_FORK');
    expect(told.rules.chain).toBe(NEXT_CHAIN);
    expect(forks).toEqual([twin.answer!.last.header.height]);
  });

  it('are a fork to who is shown another block in the place of the last', async () => {
    await promoted.promote();
    const after = client([promoted.nextNode()]);
    await after.head();
    const other = promoted.behind(0);
    expect(await codeOfAsync(() => after.follow(other))).toBe('HEADER_FORK');
    expect(await codeOfAsync(() => after.head())).toBe('HEADER_FORK');
  });

  it('are none where a node shows the chain that ended: it is behind', async () => {
    await promoted.promote();
    const after = client([promoted.nextNode()]);
    await after.head();
    const again = client([promoted.node.transport, promoted.nextNode()], {
      file: after.networkFile,
      trusted: after.trusted,
    });
    await again.head();
    expect(lies).toEqual(['memory://node HEADER_BEHIND']);
    expect(forks).toEqual([]);
  });

  it('are none where a node makes another genesis of an empty block', async () => {
    await promoted.promote();
    const after = client([promoted.nextNode()]);
    await after.head();
    const last = promoted.behind();
    const { header } = last;
    const genesis = genesisOf(promoted.plan(), header, crypto);
    const answer = { ...promoted.answer!, last, genesis };
    const shown = promoted.nextBlock(header.height + 5, {
      ...answer,
      genesis: { ...answer.genesis, chain: 'ward-test-unheard' },
    });
    const liar = promoted.nextNode('liar', { change: () => answer });
    const send: Transport['send'] = (request, options) =>
      request.target.startsWith('/v1/light-blocks/0')
        ? memoryTransport('liar', [memoryDoor(getLightBlock, () => shown)]).send(request, options)
        : liar.send(request, options);
    const nodes = [{ name: 'liar', send }, promoted.nextNode()];
    const ledger = client(nodes, { file: after.networkFile, trusted: after.trusted });
    await ledger.head();
    expect(new Set(lies)).toEqual(new Set(['liar PROMOTION_INVALID']));
    expect(forks).toEqual([]);
  });
});
