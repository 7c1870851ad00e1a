import {
  DEFAULT_CONSENSUS,
  DEFAULT_RULES,
  genesisOf,
  getBlockHeaders,
  getLightBlock,
  getPromotion,
  getReceipt,
  PromoteNetwork,
  Promotion,
  type PromotionAnswer,
  type PromotionPlan,
  planDigest,
  promotionKey,
  proveState,
  RELEASE,
  type Receipt,
  refuseLedger,
  WriteSlots,
} from '@ward/ledger/schema';
import {
  type Clock,
  type Crypto,
  callEndpoint,
  type Height,
  type LightBlock,
  type Transport,
} from '@ward/protocol';
import { signLightBlock, type TestValidator, testValidators } from './light-blocks.ts';
import { memoryDoor, memoryTransport } from './memory-doors.ts';
import { type MemoryNode, startMemoryNode } from './memory-node.ts';
import { TestLedger, testMembership } from './test-ledger.ts';

export const NEXT_CHAIN = 'ward-test-next';

/** A clock that a test moves. */
export interface HandClock extends Clock {
  ms: number;
}

/** What a promotion of the test's ledger says, where it is to be otherwise. */
export interface PromotionChange {
  readonly plan?: Partial<PromotionPlan>;
  /** Digest and chain in the transaction, instead of the plan's own. */
  readonly named?: Uint8Array;
  readonly chain?: string;
}

/** What a node of the next chain shows otherwise. */
export type ShownChange = (answer: PromotionAnswer) => PromotionAnswer;

/**
 * An embedded ledger of a clinic that is promoted, really, and blocks of the chain that goes on,
 * signed by validators whose keys the test holds. That chain has the old state and none of its
 * own.
 */
export class PromotedLedger {
  readonly ledger: TestLedger;
  readonly validators: readonly TestValidator[];
  readonly clock: HandClock;
  readonly crypto: Crypto;
  readonly node: MemoryNode;
  /** Set by {@link promote}. */
  answer: PromotionAnswer | undefined;
  readonly #blocks = new Map<Height, LightBlock>();

  private constructor(node: MemoryNode, ledger: TestLedger, clock: HandClock) {
    this.node = node;
    this.ledger = ledger;
    this.clock = clock;
    this.crypto = ledger.crypto;
    this.validators = testValidators([1, 1, 1, 1], { seed: 77, crypto: this.crypto });
  }

  static async start(clock: HandClock, crypto: Crypto): Promise<PromotedLedger> {
    const ledger = new TestLedger(crypto, [['provider']]);
    const { genesis, validatorSeed } = ledger;
    const node = await startMemoryNode({ genesis, validatorSeed, clock, crypto });
    return new PromotedLedger(node, ledger, clock);
  }

  /** The plan to go on with a member more, governed by the members. */
  plan(change: Partial<PromotionPlan> = {}): PromotionPlan {
    const { ledger, validators } = this;
    const organisation = ledger.members[0]!.id;
    const came = testMembership(ledger.makeMember(9), ['provider'], ledger.genesis.time);
    const endpoints = { node: 'memory://came', vault: null, custodian: null, inbox: null };
    return {
      ...{ chain: NEXT_CHAIN, network: ledger.realm.network, predecessor: ledger.genesis.chain },
      validators: validators.map(({ publicKey, power }) => ({ publicKey, power })),
      parameters: ledger.genesis.parameters,
      members: [{ ...came, organisation: { ...came.organisation, endpoints } }],
      governance: {
        ...{ release: RELEASE, rules: DEFAULT_RULES, consensus: DEFAULT_CONSENSUS },
        validators: [{ organisation, publicKey: validators[0]!.publicKey }],
        stakes: [],
      },
      ...change,
    };
  }

  /** Lets a second pass and writes a slot of the clinic's; its value is a hundred more. */
  write(address: number): Promise<Receipt> {
    this.clock.ms += 1000;
    const { ledger, node } = this;
    const bytes = (byte: number) => new Uint8Array(32).fill(byte);
    const slots = [{ address: bytes(address), value: bytes(address + 100) }];
    const time = Math.floor(this.clock.ms / 1000);
    const { envelope } = ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, time);
    return node.queries.submit(envelope);
  }

  /** Lets a second pass and makes a block. */
  async block(): Promise<LightBlock> {
    this.clock.ms += 1000;
    return this.node.engine.makeBlock();
  }

  /** Promotes the ledger by its registrar, and has the empty block made behind it. */
  async promote({
    plan: change = {},
    named,
    chain,
  }: PromotionChange = {}): Promise<PromotionAnswer> {
    const { ledger, crypto, clock, node } = this;
    const plan = this.plan(change);
    clock.ms += 1000;
    const time = Math.floor(clock.ms / 1000);
    const message = { chain: chain ?? plan.chain, plan: named ?? planDigest(plan, crypto) };
    const { envelope } = ledger.officerTransaction(ledger.registrar, PromoteNetwork, message, time);
    const { next } = await node.queries.submit(envelope);
    this.answer = await this.answerFor(plan, next.header.height);
    return this.answer;
  }

  /** What the door would say with the block of a height as the last one. */
  async answerFor(plan: PromotionPlan, height: Height): Promise<PromotionAnswer> {
    const last = await this.oldBlock(height);
    const body = { keys: [promotionKey], height: height - 1 };
    const call = { params: {}, query: {}, body };
    const { items } = await callEndpoint(proveState, call, this.node.transport);
    const { value, proof } = items[0]!;
    const record = { chain: plan.chain, plan: planDigest(plan, this.crypto) };
    const promotion = value === null ? record : Promotion.decode(value);
    return { genesis: genesisOf(plan, last.header, this.crypto), last, promotion, proof };
  }

  /**
   * An empty block of the old chain behind its end, or another one in the place of its last, such
   * as its validator would sign if its node did not stop.
   */
  behind(place = 1): LightBlock {
    const { last } = this.answer!;
    const { publicKey, secretKey } = this.crypto.ed25519.keyPair(this.ledger.validatorSeed);
    const { header, commit } = last;
    return signLightBlock(
      {
        ...{ chain: header.chain, height: header.height + place },
        time: { seconds: header.time.seconds + place, nanos: 0 },
        validators: [{ publicKey, power: 1, keyPair: { publicKey, secretKey } }],
        header: { appHash: header.appHash, lastBlock: commit.block },
      },
      this.crypto,
    );
  }

  oldBlock(height: Height): Promise<LightBlock> {
    const call = { params: { height }, query: {}, body: null };
    return callEndpoint(getLightBlock, call, this.node.transport);
  }

  /** A block of the next chain: the height of its clock, or one below. */
  nextBlock(
    height: Height,
    { genesis, last }: Pick<PromotionAnswer, 'genesis' | 'last'> = this.answer!,
    signers = this.validators,
  ): LightBlock {
    const isOwn = genesis === this.answer?.genesis && signers === this.validators;
    const known = isOwn ? this.#blocks.get(height) : undefined;
    if (known !== undefined) return known;
    const place = height - last.header.height;
    // Far behind the beginning a test has no two neighbours.
    const isLinked = place > 1 && place < LINKED_BLOCKS;
    const before = !isLinked ? undefined : this.nextBlock(height - 1, { genesis, last }, signers);
    const link = before === undefined ? {} : { lastBlock: before.commit.block };
    const seconds = last.header.time.seconds + (height - last.header.height);
    const block = signLightBlock(
      {
        ...{ chain: genesis.chain, height, time: { seconds, nanos: 0 }, validators: signers },
        header: { appHash: last.header.appHash, ...link },
      },
      this.crypto,
    );
    if (isOwn) this.#blocks.set(height, block);
    return block;
  }

  /** Newest height of the next chain by the clock: a block comes each second. */
  get nextHeight(): Height {
    const { header } = this.answer!.last;
    const passed = Math.floor(this.clock.ms / 1000) - header.time.seconds;
    return header.height + Math.max(1, passed);
  }

  /** A node of the next chain, which has the old one as an archive. */
  nextNode(
    name = 'memory://next',
    {
      change = (answer) => answer,
      answer = this.answer!,
      signers = this.validators,
    }: {
      readonly change?: ShownChange;
      readonly answer?: PromotionAnswer;
      readonly signers?: readonly TestValidator[];
    } = {},
  ): Transport {
    const lastHeight = answer.last.header.height;
    const blockAt = (height: Height) => {
      const wanted = height === 0 ? this.nextHeight : height;
      if (wanted <= lastHeight) return this.oldBlock(wanted);
      if (wanted > this.nextHeight) throw refuseLedger('HEIGHT_NOT_RETAINED', BEYOND);
      return this.nextBlock(wanted, answer, signers);
    };
    const doors = [
      memoryDoor(getPromotion, () => change(answer)),
      memoryDoor(getLightBlock, ({ params }) => blockAt(params.height)),
      memoryDoor(getBlockHeaders, ({ params }) => this.node.queries.blockHeaders(params.height)),
      memoryDoor(getReceipt, ({ params }) => this.node.queries.receipt(params.id)),
      memoryDoor(proveState, async ({ body }) => {
        const old = { ...body, height: lastHeight - 1 };
        const { items } = await this.node.queries.prove(old);
        return { block: await blockAt(0), items };
      }),
    ];
    return memoryTransport(name, doors);
  }
}

const LINKED_BLOCKS = 100;
const BEYOND = { height: 0, oldest: 1, newest: 0 };
