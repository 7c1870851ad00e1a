import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { describe, expect, it } from 'vitest';
import { combineShares } from '../release/combining.ts';
import { acceptDeal, dealShare } from '../release/deal-share.ts';
import { verifyShare } from '../release/dealing.ts';
import { answerWithShare, verifyShareAnswer } from '../release/share-proof.ts';

// Dealing is verifiable and receipted before the header stands: otherwise a bad share is noticed
// when it is needed, at a bedside.

const crypto = await loadCrypto();
const sample = makeSampleChart(crypto);
const { realm, random, dealing, custodians, chart, authority, keys } = sample;
const key = crypto.kem.openingKey(random.bytes(32));

/** Deals the share of custodian 1, altered, and has it accepted. */
async function deal(share: Uint8Array, index = 1) {
  const custodian = custodians[0]!;
  const { commitments } = dealing;
  const custodianKey = key.sealingKey;
  const input = { authority, chart, commitments, index, share, custodian, custodianKey };
  const signed = await dealShare(input, keys.ck, realm);
  return acceptDeal(signed, { custodian, key }, realm);
}

describe('a share that does not fit', () => {
  it('is refused by the custodian before it signs for it', async () => {
    expect((await deal(dealing.shares[0]!)).index).toBe(1);
    expect(await codeOfAsync(() => deal(dealing.shares[1]!))).toBe('SHARE_INVALID');
    expect(await codeOfAsync(() => deal(dealing.shares[0]!, 2))).toBe('SHARE_INVALID');
    expect(await codeOfAsync(() => deal(random.bytes(32)))).toBe('SHARE_INVALID');
  });

  it('would spoil the opening in which it is used, and nobody would know whose it was', () => {
    const u = crypto.ristretto.multiplyBase(dealing.shares[4]!)!;
    const shares = [...dealing.shares.slice(0, 2), dealing.secret];
    const answers = shares.map((share, i) => ({
      index: i + 1,
      point: crypto.ristretto.multiply(share, u)!,
    }));
    const right = crypto.ristretto.multiply(dealing.secret, u);
    expect(combineShares(answers, 3, crypto)).not.toEqual(right);
  });

  it('is told by its proof even where it was never checked', () => {
    const inputs = [crypto.ristretto.multiplyBase(dealing.shares[4]!)!];
    const entry = random.bytes(32);
    const answer = answerWithShare({ share: dealing.secret, inputs, entry }, random, crypto);
    const publicKey = crypto.ristretto.multiplyBase(dealing.shares[0]!)!;
    expect(verifyShareAnswer(answer, { publicKey, inputs, entry }, crypto)).toBe(false);
  });

  it('cannot be saved by other commitments than the header publishes', () => {
    const share = dealing.shares[0]!;
    const other = makeSampleChart(crypto, { seed: 9 }).dealing.commitments;
    const mixed = [dealing.commitments[0]!, ...other.slice(1)];
    const code = codeOf(() => verifyShare({ share, index: 1 }, mixed, crypto));
    expect(code).toBe('SHARE_INVALID');
  });
});
