import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, type TestBlock, testValidators } from '@ward/testkit/light-blocks';
import { codeOf } from '@ward/testkit/refusals';
import { beforeEach, describe, expect, it } from 'vitest';
import { precommitBytes } from './commit.ts';
import { type BlockHeader, headerHash, LightBlock } from './header.ts';
import {
  type TrustedBlock,
  trustFirstBlock,
  verifyCommit,
  verifyEarlierBlock,
  verifyLightBlock,
} from './light-client.ts';
import { TrustedChain } from './trusted-chain.ts';

const crypto = await loadCrypto();
const CHAIN = 'test-chain';
const RULES = { chain: CHAIN, trustingPeriodSeconds: 1000, clockDriftSeconds: 10 };
const START = 1_700_000_000;
const old = testValidators([10, 10, 10, 10], { seed: 1, crypto });
const fresh = testValidators([10, 10, 10, 10], { seed: 2, crypto });

function blockAt(height: number, change: Partial<TestBlock> = {}): LightBlock {
  const time = { seconds: START + height, nanos: 0 };
  return signLightBlock({ chain: CHAIN, height, time, validators: old, ...change }, crypto);
}

const genesis = blockAt(1);
const first: TrustedBlock = trustFirstBlock(
  genesis,
  { height: 1, hash: headerHash(genesis.header, crypto) },
  RULES,
  crypto,
);

function codeFor(block: LightBlock, { now = START + 20, trusted = first } = {}) {
  return codeOf(() => verifyLightBlock({ trusted, block, now }, RULES, crypto));
}

describe('a later block', () => {
  it('is believed when over two thirds have signed, next to the trusted one or far ahead', () => {
    expect(codeFor(blockAt(2))).toBeUndefined();
    expect(codeFor(blockAt(9))).toBeUndefined();
    expect(codeFor(blockAt(2, { signers: old.slice(1) }))).toBeUndefined();
  });

  it('is refused when two thirds or fewer have signed', () => {
    expect(codeFor(blockAt(2, { signers: old.slice(2) }))).toBe('HEADER_MISMATCH');
    const three = testValidators([10, 10, 10], { seed: 4, crypto });
    const exactly = blockAt(9, { validators: [...three], signers: three.slice(1) });
    const trusted = { ...first, nextValidators: three };
    expect(codeFor(exactly, { trusted })).toBe('HEADER_MISMATCH');
  });

  it('next to the trusted one must have the validators that it named', () => {
    expect(codeFor(blockAt(2, { validators: fresh }))).toBe('HEADER_MISMATCH');
  });

  it('far ahead needs more than a third of the trusted power', () => {
    expect(codeFor(blockAt(9, { validators: fresh }))).toBe('HEADER_UNTRUSTED');
    const half = sorted([...old.slice(0, 2), ...fresh.slice(0, 2)]);
    expect(codeFor(blockAt(9, { validators: half }))).toBeUndefined();
    const quarter = sorted([...old.slice(0, 1), ...fresh.slice(0, 3)]);
    expect(codeFor(blockAt(9, { validators: quarter }))).toBe('HEADER_UNTRUSTED');
  });

  it('is refused at or below the trusted height', () => {
    expect(codeFor(blockAt(1))).toBe('HEADER_BEHIND');
    const trusted = verifyLightBlock(
      { trusted: first, block: blockAt(5), now: START + 20 },
      RULES,
      crypto,
    );
    expect(codeFor(blockAt(4), { trusted })).toBe('HEADER_BEHIND');
  });

  it('is refused when the trusted one is older than the trusting period', () => {
    const last = START + 1 + RULES.trustingPeriodSeconds;
    expect(codeFor(blockAt(2), { now: last - 1 })).toBeUndefined();
    expect(codeFor(blockAt(2), { now: last })).toBe('TRUST_EXPIRED');
  });

  it('is refused when its time does not follow, or lies in the future', () => {
    const at = (seconds: number, nanos = 0) => blockAt(2, { time: { seconds, nanos } });
    expect(codeFor(at(START + 1))).toBe('HEADER_TIME');
    expect(codeFor(at(START + 1, 1))).toBeUndefined();
    expect(codeFor(at(START))).toBe('HEADER_TIME');
    expect(codeFor(at(START + 30), { now: START + 20 })).toBeUndefined();
    expect(codeFor(at(START + 31), { now: START + 20 })).toBe('HEADER_TIME');
  });
});

function sorted(validators: typeof old): typeof old {
  const blank = (one: (typeof old)[number]) => Buffer.from(crypto.sha256(one.publicKey));
  return [...validators].sort((a, b) => Buffer.compare(blank(a), blank(b)));
}

function powerless(): typeof old {
  return [...old.slice(1), { ...old[0]!, power: 0 }];
}

describe('the parts of a light block', () => {
  const good = blockAt(2);
  const header = (change: Partial<BlockHeader>) => ({
    ...good,
    header: { ...good.header, ...change },
  });
  const digest = new Uint8Array(32).fill(9);

  it.each<[string, LightBlock]>([
    ['the header of another chain', blockAt(2, { chain: 'other-chain' })],
    ['an app hash that was not signed', header({ appHash: digest })],
    ['a height that was not signed', header({ height: 3 })],
    ['a time that was not signed', header({ time: { seconds: START + 3, nanos: 0 } })],
    ['a commit for another height', { ...good, commit: { ...good.commit, height: 3 } }],
    ['a commit for another round', { ...good, commit: { ...good.commit, round: 1 } }],
    [
      'a commit for another block',
      { ...good, commit: { ...good.commit, block: { ...good.commit.block, hash: digest } } },
    ],
    [
      'parts that were not signed',
      { ...good, commit: { ...good.commit, block: { ...good.commit.block, partsTotal: 2 } } },
    ],
    ['other validators', { ...good, validators: fresh }],
    ['other next validators', { ...good, nextValidators: fresh }],
    ['validators in another order', { ...good, validators: good.validators.toReversed() }],
    [
      'validators of more power',
      { ...good, validators: good.validators.map((one) => ({ ...one, power: 11 })) },
    ],
    [
      'a validator that stands there twice',
      blockAt(2, { validators: [old[0]!, ...old], nextValidators: old }),
    ],
    ['a next validator without power', blockAt(2, { nextValidators: powerless() })],
    ['no signature at all', { ...good, commit: { ...good.commit, signatures: [] } }],
  ])('belong together: %s is refused', (_, block) => {
    expect(codeFor(block)).toBe('HEADER_MISMATCH');
  });

  it('belong together: a commit that was really signed, for another height, is refused', () => {
    const { block } = good.commit;
    const time = good.header.time;
    const signatures = good.commit.signatures.map((entry, index) => {
      const message = precommitBytes({ chain: CHAIN, height: 3, round: 0, block, time });
      const { secretKey } = old[index]!.keyPair;
      return { ...entry, signature: crypto.ed25519.sign(message, secretKey) };
    });
    const commit = { height: 3, round: 0, block, signatures };
    expect(codeFor({ ...good, commit })).toBe('HEADER_MISMATCH');
  });

  it('come back from their bytes', () => {
    expect(LightBlock.decode(LightBlock.encode(good))).toEqual(good);
  });
});

describe('the first block', () => {
  const trust = (block: LightBlock, named: Parameters<typeof trustFirstBlock>[1]) =>
    codeOf(() => trustFirstBlock(block, named, RULES, crypto));

  it('is the one whose hash was named, at its height', () => {
    const hash = headerHash(genesis.header, crypto);
    expect(trust(genesis, { height: 1, hash })).toBeUndefined();
    expect(trust(genesis, { height: 2, hash })).toBe('HEADER_MISMATCH');
    expect(trust(genesis, { hash })).toBe('HEADER_MISMATCH');
    expect(trust(genesis, { height: 1, hash: new Uint8Array(32) })).toBe('HEADER_MISMATCH');
  });

  it('or has height 1 and the validators of the genesis', () => {
    expect(trust(genesis, { validators: old })).toBeUndefined();
    expect(trust(genesis, { validators: fresh })).toBe('HEADER_MISMATCH');
    expect(trust(blockAt(2), { validators: old })).toBe('HEADER_MISMATCH');
    expect(trust(genesis, {})).toBe('HEADER_MISMATCH');
  });

  it('of a chain that continues another has the height that comes next', () => {
    expect(trust(blockAt(8), { validators: old, height: 8 })).toBeUndefined();
    expect(trust(blockAt(8), { validators: fresh, height: 8 })).toBe('HEADER_MISMATCH');
    expect(trust(genesis, { validators: old, height: 8 })).toBe('HEADER_MISMATCH');
    expect(trust(blockAt(9), { validators: old, height: 8 })).toBe('HEADER_MISMATCH');
  });

  it('must be signed as well', () => {
    const unsigned = blockAt(1, { signers: old.slice(3) });
    const hash = headerHash(unsigned.header, crypto);
    expect(trust(unsigned, { height: 1, hash })).toBe('HEADER_MISMATCH');
    expect(trust(unsigned, { validators: old })).toBe('HEADER_MISMATCH');
  });
});

describe('a block below the trusted one', () => {
  const trusted = trustFirstBlock(blockAt(9), { validators: old, height: 9 }, RULES, crypto);
  const codeBelow = (block: LightBlock, now = START + 20) =>
    codeOf(() => verifyEarlierBlock({ trusted, block, now }, RULES, crypto));

  it('is believed where the same validators signed it', () => {
    expect(codeBelow(blockAt(4))).toBeUndefined();
    expect(codeBelow(blockAt(9))).toBeUndefined();
    expect(codeBelow(blockAt(4, { signers: old.slice(1) }))).toBeUndefined();
  });

  it('is refused where others signed it, too few, or the set was another meanwhile', () => {
    expect(codeBelow(blockAt(4, { validators: fresh }))).toBe('HEADER_MISMATCH');
    expect(codeBelow(blockAt(4, { signers: old.slice(2) }))).toBe('HEADER_MISMATCH');
    expect(codeBelow(blockAt(4, { nextValidators: fresh }))).toBe('HEADER_MISMATCH');
    expect(codeBelow(blockAt(10))).toBe('HEADER_MISMATCH');
    expect(codeBelow(blockAt(4, { chain: 'other' }))).toBe('HEADER_MISMATCH');
    const moved = { ...trusted.header, nextValidatorsHash: new Uint8Array(32) };
    const changing = { ...trusted, header: moved };
    const one = { trusted: changing, block: blockAt(4), now: START + 20 };
    expect(codeOf(() => verifyEarlierBlock(one, RULES, crypto))).toBe('HEADER_MISMATCH');
  });

  it('is not later than the trusted one, and believed as long as that one is', () => {
    const later = { time: { seconds: START + 99, nanos: 0 } };
    expect(codeBelow(blockAt(4, later))).toBe('HEADER_TIME');
    expect(codeBelow(blockAt(4), START + 9 + 1000)).toBe('TRUST_EXPIRED');
  });
});

describe('the chain that a client trusts', () => {
  let chain: TrustedChain;
  const now = START + 200;
  const believe = (block: LightBlock, floor = 1) =>
    codeOf(() => chain.believe(block, { floor, now }));
  beforeEach(() => {
    chain = new TrustedChain(first, RULES, crypto);
  });

  it('moves its newest block forward, never back', () => {
    expect(believe(blockAt(5))).toBeUndefined();
    expect(chain.newest.header.height).toBe(5);
    expect(believe(blockAt(3))).toBeUndefined();
    expect(chain.newest.header.height).toBe(5);
    const heights = chain.knownFrom(3).map(({ header }) => header.height);
    expect([heights, chain.oldest.header.height]).toEqual([[3, 5], 1]);
  });

  it('refuses an answer below the floor of the question', () => {
    believe(blockAt(5));
    expect(believe(blockAt(4), 5)).toBe('HEADER_BEHIND');
    expect(believe(blockAt(5), 5)).toBeUndefined();
  });

  it('takes a block that it knows without another look at the signatures', () => {
    const known = blockAt(5);
    believe(known);
    const unsigned = { ...known, commit: { ...known.commit, signatures: [] } };
    expect(believe(unsigned)).toBeUndefined();
  });

  it('looks at the commit of a block that it knows where that is handed on', () => {
    const block = blockAt(3);
    chain.believe(block, { floor: 1, now: START + 30 });
    const unsigned = { ...block, commit: { ...block.commit, height: 4 } };
    expect(chain.believe(unsigned, { floor: 1, now: START + 30 }).header.height).toBe(3);
    expect(codeOf(() => verifyCommit(block, RULES, crypto))).toBeUndefined();
    expect(codeOf(() => verifyCommit(unsigned, RULES, crypto))).toBe('HEADER_MISMATCH');
    const few = blockAt(3, { signers: old.slice(2) });
    expect(codeOf(() => verifyCommit(few, RULES, crypto))).toBe('HEADER_MISMATCH');
  });

  it('calls it a fork when two signed headers have one height', () => {
    believe(blockAt(5));
    const twin = blockAt(5, { header: { appHash: new Uint8Array(32).fill(1) } });
    expect(believe(twin)).toBe('HEADER_FORK');
  });

  it('calls it a lie, no fork, when the other header is not signed', () => {
    believe(blockAt(5));
    const twin = blockAt(5, {
      header: { appHash: new Uint8Array(32).fill(1) },
      signers: old.slice(2),
    });
    expect(believe(twin)).toBe('HEADER_MISMATCH');
  });

  it('knows nothing before its first block', () => {
    const later = verifyLightBlock({ trusted: first, block: blockAt(9), now }, RULES, crypto);
    chain = new TrustedChain(later, RULES, crypto);
    expect(believe(blockAt(8))).toBe('HEADER_BEHIND');
  });

  it('keeps the last 64 blocks, so that its memory is bounded', () => {
    for (let i = 1; i <= 80; i++) expect(believe(blockAt(1 + 2 * i))).toBeUndefined();
    expect(believe(blockAt(35))).toBeUndefined();
    expect(believe(blockAt(33))).toBe('HEADER_BEHIND');
  });

  describe('of blocks one behind the other', () => {
    const linked = (height: number, before: LightBlock) =>
      blockAt(height, { header: { lastBlock: before.commit.block } });
    const four = blockAt(4);
    const five = linked(5, four);
    const six = linked(6, five);

    it('takes each, in whatever order they come', () => {
      const orders = [
        [four, five, six],
        [six, five, four],
        [four, six, five],
      ];
      for (const order of orders) {
        chain = new TrustedChain(first, RULES, crypto);
        for (const block of order) expect(believe(block)).toBeUndefined();
      }
    });

    it('calls it a fork when a later one names another before it', () => {
      believe(six);
      expect(believe(blockAt(5))).toBe('HEADER_FORK');
      expect(believe(five)).toBeUndefined();
    });

    it('calls it a fork when one names another before it than the one that is known', () => {
      believe(four);
      expect(believe(blockAt(5))).toBe('HEADER_FORK');
      expect(believe(linked(5, blockAt(3)))).toBe('HEADER_FORK');
      expect(believe(five)).toBeUndefined();
    });
  });
});
