import {
  Genesis,
  genesisOf,
  networkOf,
  type PromotionPlan,
  planDigest,
  planOf,
} from '@ward/ledger/schema';
import { type BlockHeader, headerHash, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, testValidators } from '@ward/testkit/light-blocks';
import { codeOf } from '@ward/testkit/refusals';
import { PROMOTED_CHAIN, samplePlan } from '@ward/testkit/sample-promotion';
import { TEST_CHAIN, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const plan = samplePlan(ledger);

function header(nanos = 5): BlockHeader {
  const validators = testValidators([1], { seed: 1, crypto });
  const time = { seconds: 1_800_000_123, nanos };
  return signLightBlock({ chain: TEST_CHAIN, height: 12, time, validators }, crypto).header;
}

describe('a plan of promotion', () => {
  it('becomes a genesis by the last header of the chain that ends', () => {
    const last = header();
    const genesis = genesisOf(plan, last, crypto);
    expect(genesis.chain).toBe(PROMOTED_CHAIN);
    expect(genesis.predecessor).toEqual({
      ...{ chain: TEST_CHAIN, height: 12, hash: headerHash(last, crypto) },
    });
    expect(networkOf(genesis, crypto)).toEqual(ledger.realm.network);
    expect(Genesis.decode(Genesis.encode(genesis))).toEqual(genesis);
  });

  it('begins in whole seconds that are not before the last block', () => {
    expect(genesisOf(plan, header(), crypto).time).toBe(1_800_000_124);
    expect(genesisOf(plan, header(0), crypto).time).toBe(1_800_000_123);
  });

  it('is known again in that genesis, by anybody', () => {
    const genesis = genesisOf(plan, header(), crypto);
    expect(planOf(genesis)).toEqual(plan);
    expect(planDigest(planOf(genesis), crypto)).toEqual(planDigest(plan, crypto));
  });

  it('has another digest for each of its fields', () => {
    const { genesis } = ledger;
    const others: PromotionPlan[] = [
      { ...plan, chain: 'ward-test-3' },
      { ...plan, network: new Uint8Array(32) },
      { ...plan, predecessor: 'ward-test-0' },
      { ...plan, validators: genesis.validators },
      { ...plan, parameters: { ...plan.parameters, decideVersion: 2 } },
      { ...plan, members: plan.members.slice(1) },
      { ...plan, governance: { ...plan.governance, release: 'other' } },
    ];
    const digests = [plan, ...others].map((one) => toHex(planDigest(one, crypto)));
    expect(new Set(digests).size).toBe(8);
    expect(Object.keys(plan)).toHaveLength(others.length);
  });

  it('is not in a genesis that continues no other ledger', () => {
    expect(codeOf(() => planOf(ledger.genesis))).toBe('GENESIS_INVALID');
  });
});
