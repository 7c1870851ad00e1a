import {
  getLightBlock,
  networkState,
  type ProofAnswer,
  proveState,
  slotKey,
  slotsState,
  submitTransaction,
  VerifiedLedger,
  WriteSlots,
  writtenSlot,
} from '@ward/ledger/schema';
import {
  callEndpoint,
  collectBody,
  encodeProblem,
  type Format,
  LightBlock,
  refuseProtocol,
  type Transport,
  type TrustedBlock,
  type WardError,
  type WireRequest,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { type MemoryNode, startMemoryNode } from '@ward/testkit/memory-node';
import { codeOfAsync } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Receipt } from './api.ts';
import { refuse } from './errors.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const clock = { ms: TEST_TIME * 1000 + 5000, nowMs: () => clock.ms };
const bytes = (byte: number) => new Uint8Array(32).fill(byte);
const slotOf = (address: number) =>
  writtenSlot({ organisation: ledger.provider.id, address: bytes(address) }, ledger.realm);

let node: MemoryNode;
let early: LightBlock;
beforeAll(async () => {
  const { genesis, validatorSeed } = ledger;
  node = await startMemoryNode({ genesis, validatorSeed, clock, crypto });
  early = await lightBlock(0);
  await write(1);
});
afterAll(() => node.stop());

async function write(address: number): Promise<Receipt> {
  clock.ms += 1000;
  const slots = [{ address: bytes(address), value: bytes(address + 100) }];
  const time = Math.floor(clock.ms / 1000);
  const { envelope } = ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, time);
  const call = { params: {}, query: {}, body: envelope };
  return callEndpoint(submitTransaction, call, node.transport);
}

function lightBlock(height: number): Promise<LightBlock> {
  return callEndpoint(getLightBlock, { params: { height }, query: {}, body: null }, node.transport);
}

/** Changes an answer of one path before the client sees it. */
interface Lie<T> {
  readonly path: string;
  readonly format: Format<T>;
  change(answer: T): T;
}

/** A node that answers all but one question truly. */
function lying<T>({ path, format, change }: Lie<T>): Transport {
  return {
    name: 'memory://liar',
    async send(request: WireRequest) {
      const answer = await node.transport.send(request);
      if (!request.target.startsWith(path) || answer.status !== 200) return answer;
      const body = await collectBody(answer.body, 1e8);
      return { ...answer, body: piecesOf(format.encode(change(format.decode(body!)))) };
    },
  };
}

const lyingOnProofs = (change: (answer: ProofAnswer) => ProofAnswer) =>
  lying({ path: '/v1/proofs', format: proveState.answer, change });

interface Client {
  readonly verified: VerifiedLedger;
  readonly lies: string[];
}

function client(nodes: readonly Transport[], trusted?: TrustedBlock): Client {
  const lies: string[] = [];
  const options = {
    networkFile: node.networkFile,
    nodes,
    onLie: (name: string, { code }: { code: string }) => lies.push(`${name} ${code}`),
    clock,
    crypto,
  };
  return { verified: new VerifiedLedger(trusted ? { ...options, trusted } : options), lies };
}

describe('a verified read', () => {
  it('gives what the ledger proves: a record, and that there is none', async () => {
    const { verified, lies } = client([node.transport]);
    const slot = await verified.read(slotsState.slots, slotOf(1));
    expect(slot?.value).toEqual(bytes(101));
    expect(await verified.read(slotsState.slots, slotOf(2))).toBeNull();
    expect((await verified.read(networkState.parameters))?.decideVersion).toBe(1);
    expect(lies).toEqual([]);
  });

  it('proves many keys under one header, and knows only those', async () => {
    const { verified } = client([node.transport]);
    const keys = [slotKey(slotOf(1)), slotKey(slotOf(2))];
    const proved = await verified.prove(keys);
    expect(proved.record(slotsState.slots.value, keys[0]!)?.value).toEqual(bytes(101));
    expect(proved.bytes(keys[1]!)).toBeNull();
    expect([proved.height + 1, proved.time]).toEqual([
      proved.header.height,
      proved.header.time.seconds,
    ]);
    expect(proved.claims).toHaveLength(2);
    expect(() => proved.bytes(slotKey(slotOf(3)))).toThrow('not asked for');
    const tooMany = new Array(1001).fill(keys[0]);
    await expect(verified.prove(tooMany)).rejects.toThrow('more keys');
  });

  it('believes no altered value, proof, block or number of answers', async () => {
    const first = (answer: ProofAnswer) => answer.items[0]!;
    const withItem = (answer: ProofAnswer, item: Partial<ReturnType<typeof first>>) => ({
      ...answer,
      items: [{ ...first(answer), ...item }, ...answer.items.slice(1)],
    });
    const withProof = (answer: ProofAnswer, proof: object) =>
      withItem(answer, { proof: { ...first(answer).proof, ...proof } });
    const flipped = (hash: Uint8Array) => hash.map((byte, i) => (i === 7 ? byte ^ 4 : byte));
    const lies: ((answer: ProofAnswer) => ProofAnswer)[] = [
      (answer) => withItem(answer, { value: flipped(first(answer).value!) }),
      (answer) => withItem(answer, { value: null }),
      (answer) => withProof(answer, { terminal: { kind: 'empty' } }),
      (answer) => withProof(answer, { depth: first(answer).proof.depth + 1 }),
      (answer) => withProof(answer, { siblings: first(answer).proof.siblings.map(flipped) }),
      (answer) => withProof(answer, { siblings: first(answer).proof.siblings.slice(1) }),
      (answer) => ({ ...answer, items: [answer.items[1]!, answer.items[0]!] }),
      (answer) => ({ ...answer, items: answer.items.slice(1) }),
      (answer) => ({ ...answer, items: [...answer.items, answer.items[0]!] }),
    ];
    for (const [index, change] of lies.entries()) {
      const liar = lyingOnProofs(change);
      const alone = client([liar]);
      const keys = [slotKey(slotOf(1)), slotKey(slotOf(2))];
      expect(await codeOfAsync(() => alone.verified.prove(keys)), `lie ${index}`).toBe(
        'PROOF_INVALID',
      );
      const both = client([liar, node.transport]);
      expect((await both.verified.prove(keys)).bytes(keys[1]!)).toBeNull();
      expect(both.lies).toEqual(['memory://liar PROOF_INVALID']);
    }
  });

  it('believes no altered header, and none of another chain or validator', async () => {
    type Header = LightBlock['header'];
    const withHeader = (change: (header: Header) => Partial<Header>) =>
      lyingOnProofs((answer) => {
        const { block } = answer;
        return {
          ...answer,
          block: { ...block, header: { ...block.header, ...change(block.header) } },
        };
      });
    const liars = [
      withHeader(() => ({ appHash: bytes(1) })),
      withHeader(() => ({ chain: 'ward-test-2' })),
      withHeader(({ height }) => ({ height: height + 1 })),
      withHeader(({ time }) => ({ time: { ...time, seconds: time.seconds + 1 } })),
      withHeader(() => ({ validatorsHash: bytes(2) })),
      lyingOnProofs((answer) => {
        const { commit } = answer.block;
        const signatures = commit.signatures.map((entry) => ({ ...entry, signature: bytes(3) }));
        return { ...answer, block: { ...answer.block, commit: { ...commit, signatures } } };
      }),
    ];
    for (const liar of liars) {
      const { verified, lies } = client([liar]);
      const code = await codeOfAsync(() => verified.prove([slotKey(slotOf(1))]));
      expect(['HEADER_MISMATCH', 'HEADER_UNTRUSTED']).toContain(code);
      expect(lies).toEqual([`memory://liar ${code}`]);
    }
  });
});

describe('the head of a verified ledger', () => {
  it('never goes back: an earlier block is a lie to who knows a later one', async () => {
    const { verified, lies } = client([node.transport]);
    const head = await verified.head();
    expect(head.header.height).toBeGreaterThan(early.header.height);
    const behind = lying({ path: '/v1/light-blocks', format: LightBlock, change: () => early });
    const later = client([behind], verified.trusted);
    expect(await codeOfAsync(() => later.verified.head())).toBe('HEADER_BEHIND');
    expect(later.lies).toEqual(['memory://liar HEADER_BEHIND']);
    expect(lies).toEqual([]);
  });

  it('is refused when it is old, and taken from a node that has a younger one', async () => {
    const stale = client([node.transport]);
    clock.ms += 61_000;
    expect(await codeOfAsync(() => stale.verified.head())).toBe('LEDGER_STALE');
    expect(stale.lies).toEqual([]);
    await write(3);
    expect((await stale.verified.head()).header.time.seconds).toBe(Math.floor(clock.ms / 1000));
  });

  it('follows blocks that come by a stream, and no forked ones', async () => {
    const { verified } = client([node.transport]);
    await verified.head();
    await write(4);
    const next = await lightBlock(0);
    expect((await verified.follow(next)).header.height).toBe(next.header.height);
    expect(verified.trusted?.header.height).toBe(next.header.height);
    expect((await verified.follow(next)).hash).toEqual(verified.trusted?.hash);
    const forged = { ...next, header: { ...next.header, appHash: bytes(9) } };
    expect(await codeOfAsync(() => verified.follow(forged))).toBe('HEADER_MISMATCH');
  });

  it('begins at a checkpoint where the network file has one', async () => {
    const checkpoint = await lightBlock(0);
    const networkFile = { ...node.networkFile, checkpoint };
    const verified = new VerifiedLedger({ networkFile, nodes: [node.transport], clock, crypto });
    await write(5);
    expect((await verified.head()).header.height).toBeGreaterThan(checkpoint.header.height);
  });

  it('is nobody’s where the network file names other validators', async () => {
    const other = new TestLedger(crypto, [['payer']]);
    const networkFile = {
      ...node.networkFile,
      genesis: { ...node.networkFile.genesis, validators: [{ publicKey: bytes(4), power: 1 }] },
    };
    const verified = new VerifiedLedger({ networkFile, nodes: [node.transport], clock, crypto });
    expect(await codeOfAsync(() => verified.head())).toBe('HEADER_MISMATCH');
    expect(other.genesis).not.toEqual(ledger.genesis);
  });
});

describe('a receipt', () => {
  it('proves that a transaction was taken, and what came of it', async () => {
    const receipt = await write(20);
    const { verified } = client([node.transport]);
    await verified.verifyReceipt(receipt);
    const flip = (hash: Uint8Array) => hash.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
    const { proof, result } = receipt;
    const altered: Receipt[] = [
      { ...receipt, envelopeDigest: flip(receipt.envelopeDigest) },
      { ...receipt, result: { ...result, code: 1 } },
      { ...receipt, result: { ...result, data: flip(result.data) } },
      { ...receipt, proof: { ...proof, sides: proof.sides + 2 ** proof.path.length } },
      { ...receipt, proof: { ...proof, path: [...proof.path, bytes(0)] } },
      { ...receipt, proof: { ...proof, resultPath: [...proof.resultPath, bytes(0)] } },
      { ...receipt, next: receipt.block },
    ];
    for (const [index, one] of altered.entries()) {
      const code = await codeOfAsync(() => client([node.transport]).verified.verifyReceipt(one));
      expect(code, `alteration ${index}`).toBe('PROOF_INVALID');
    }
    expect(Receipt.decode(Receipt.encode(receipt))).toEqual(receipt);
  });
});

describe('nodes that do not answer', () => {
  const silent: Transport = {
    name: 'memory://silent',
    send: () => Promise.reject(new Error('connection refused')),
  };

  it('are passed over, without being called liars', async () => {
    const { verified, lies } = client([silent, node.transport]);
    expect(await verified.read(slotsState.slots, slotOf(1))).not.toBeNull();
    expect(lies).toEqual([]);
    expect(await codeOfAsync(() => client([silent]).verified.head())).toBe('SERVER_UNREACHABLE');
  });

  /** Answers with a refusal, as long as it is asked for the first `times` times. */
  const refusingFirst = (error: WardError, times = Number.POSITIVE_INFINITY) => {
    let asked = 0;
    const body = encodeProblem(error);
    const send = async (request: WireRequest) => {
      if (++asked > times) return node.transport.send(request);
      return { status: error.kind.status, headers: {}, body: piecesOf(body) };
    };
    return { name: 'memory://busy', send };
  };
  const busy = refuseProtocol('SERVER_BUSY', { retrySeconds: 1 });

  it('or are busy, lie or are behind do not keep the next one from being asked', async () => {
    const liar = lyingOnProofs((answer) => ({ ...answer, items: [] }));
    const stale = refuse('LEDGER_STALE', { height: 1, ageSeconds: 99 });
    const bad = [silent, refusingFirst(busy), refusingFirst(stale), liar];
    const { verified, lies } = client([...bad, node.transport]);
    expect(await verified.read(slotsState.slots, slotOf(1))).not.toBeNull();
    expect(lies).toEqual(['memory://liar PROOF_INVALID']);
  });

  it('because they are busy are asked again, a little later each time', async () => {
    const waits: number[] = [];
    const pause = async (ms: number) => void waits.push(ms);
    const options = { networkFile: node.networkFile, clock, crypto, pause };
    const twice = new VerifiedLedger({ ...options, nodes: [silent, refusingFirst(busy, 2)] });
    expect((await twice.head()).header.height).toBeGreaterThan(0);
    expect(waits).toEqual([250, 500]);
    const always = new VerifiedLedger({ ...options, nodes: [refusingFirst(busy), silent] });
    expect(await codeOfAsync(() => always.head())).toBe('SERVER_BUSY');
    expect(waits.slice(2)).toEqual([250, 500, 1000]);
    const down = new VerifiedLedger({ ...options, nodes: [silent] });
    expect(await codeOfAsync(() => down.head())).toBe('SERVER_UNREACHABLE');
    expect(waits).toHaveLength(5);
  });

  it('are told from nodes that refuse, whose refusal is the answer', async () => {
    const old = refuse('HEIGHT_NOT_RETAINED', { height: 1, oldest: 2, newest: 3 });
    const { verified } = client([refusingFirst(old), node.transport]);
    expect(await codeOfAsync(() => verified.head())).toBe('HEIGHT_NOT_RETAINED');
  });
});

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
