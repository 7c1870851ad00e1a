import { checkBeginning, type Genesis, type PromotionAnswer } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { PromotedLedger } from '@ward/testkit/promoted-ledger';
import { codeOf } from '@ward/testkit/refusals';
import { TEST_TIME } from '@ward/testkit/test-ledger';
import { afterAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const clock = { ms: TEST_TIME * 1000 + 5000, nowMs: () => clock.ms };
const promoted = await PromotedLedger.start(clock, crypto);
afterAll(() => promoted.node.stop());
const answer = await promoted.promote();
const { genesis } = answer;

const check = (shown: Partial<PromotionAnswer>, own: Genesis = genesis) =>
  codeOf(() => checkBeginning({ ...answer, ...shown }, own, crypto));

describe('how the chain of a believed genesis began', () => {
  it('shows from what a node gives, however long ago it was', () => {
    expect(check({})).toBeUndefined();
  });

  it('is nothing else than the genesis says', () => {
    const later = { ...genesis, time: genesis.time + 1 };
    expect(check({ genesis: later })).toBe('PROMOTION_INVALID');
    expect(check({}, later)).toBe('PROMOTION_INVALID');
    expect(check({ genesis: later }, later)).toBe('PROMOTION_INVALID');
    const first = promoted.ledger.genesis;
    expect(check({ genesis: first }, first)).toBe('PROMOTION_INVALID');
  });

  it('has the last block whole, with its signatures, and the record proved in it', () => {
    const { last, promotion } = answer;
    const header = { ...last.header, appHash: new Uint8Array(32) };
    expect(check({ last: { ...last, header } })).toBe('HEADER_MISMATCH');
    expect(check({ last: promoted.behind() })).toBe('HEADER_MISMATCH');
    const signatures = last.commit.signatures.map((one) => ({
      ...one,
      signature: new Uint8Array(64),
    }));
    const unsigned = { ...last, commit: { ...last.commit, signatures } };
    expect(check({ last: unsigned })).toBe('HEADER_MISMATCH');
    const plan = new Uint8Array(32);
    expect(check({ promotion: { ...promotion, plan } })).toBe('PROOF_INVALID');
  });
});
