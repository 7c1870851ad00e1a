import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { describe, expect, it } from 'vitest';
import { acceptDeal, dealShare } from '../release/deal-share.ts';
import { sharePublicKey, verifyShare } from '../release/dealing.ts';
import { scalarOf } from '../release/scalar.ts';
import { answerWithShare, verifyShareAnswer } from '../release/share-proof.ts';

// Q is public, and through any point goes many a polynomial: a stranger deals a share for somebody
// else's key, to take the place of the true one before it is dealt or handed on. That a share fits
// its commitments says that the dealing is consistent, not that the dealer knows R. So a custodian
// keeps shares by key and chart, and a chart is the dealer's own.

const crypto = await loadCrypto();
const { ristretto } = crypto;
const INDEX = 3;

/** A share s and A₁ = (s·G − Q) / i: they fit Q, and nobody learned R for it. */
function strangersShare(q: Uint8Array, random: { bytes(length: number): Uint8Array }) {
  const share = ristretto.reduceScalar(random.bytes(64));
  const slope = ristretto.subtract(ristretto.multiplyBase(share)!, q);
  const factor = ristretto.invertScalar(scalarOf(INDEX));
  return { share, commitments: [q, ristretto.multiply(factor, slope)!] };
}

describe("a share for somebody else's release key", () => {
  it('fits commitments that anyone can make', () => {
    const victim = makeSampleChart(crypto, { seed: 1 });
    const { share, commitments } = strangersShare(victim.dealing.commitments[0]!, victim.random);
    expect(codeOf(() => verifyShare({ share, index: INDEX }, commitments, crypto))).toBeUndefined();
  });

  it('is accepted under the chart of the stranger only, never that of the victim', async () => {
    const victim = makeSampleChart(crypto, { seed: 1 });
    const stranger = makeSampleChart(crypto, { seed: 2 });
    const { realm, random } = stranger;
    const key = crypto.kem.openingKey(random.bytes(32));
    const custodian = random.bytes(16);
    const own = { custodian, key };
    const made = strangersShare(victim.dealing.commitments[0]!, random);
    const input = { ...made, index: INDEX, custodian, custodianKey: key.sealingKey };
    const { authority, chart, keys } = stranger;
    const dealt = await dealShare({ ...input, authority, chart }, keys.ck, realm);
    expect((await acceptDeal(dealt, own, realm)).chart).toEqual(chart);
    const forged = await dealShare({ ...input, authority, chart: victim.chart }, keys.ck, realm);
    expect(await codeOfAsync(() => acceptDeal(forged, own, realm))).toBe('CHART_MISMATCH');
    const place = { authority: victim.authority, chart: victim.chart };
    const unsigned = await dealShare({ ...input, ...place }, keys.ck, realm);
    expect(await codeOfAsync(() => acceptDeal(unsigned, own, realm))).toBe('CHART_SIGNATURE');
  });

  it('gives answers that the commitments of the header show to be wrong', () => {
    const victim = makeSampleChart(crypto, { seed: 1 });
    const { dealing, random } = victim;
    const { share } = strangersShare(dealing.commitments[0]!, random);
    const inputs = [ristretto.multiplyBase(ristretto.reduceScalar(random.bytes(64)))!];
    const entry = random.bytes(32);
    const answer = answerWithShare({ share, inputs, entry }, random, crypto);
    const publicKey = sharePublicKey(dealing.commitments, INDEX, crypto);
    expect(verifyShareAnswer(answer, { publicKey, inputs, entry }, crypto)).toBe(false);
  });
});
