import { Slot, slotKey } from '@ward/ledger/schema';
import { tagged, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { makeSampleChart } from '@ward/testkit/sample-chart';
import { describe, expect, it } from 'vitest';
import { type Authority, successionValue } from '../header/chart-header.ts';
import {
  acceptDeal,
  Deal,
  type DealInput,
  type DealReceipt,
  dealShare,
  receiptDeal,
  verifyDealReceipt,
} from './deal-share.ts';

const crypto = await loadCrypto();
const sample = makeSampleChart(crypto);
const { realm, random, dealing, custodians, chart, authority, keys } = sample;
const { commitments } = dealing;
const key = crypto.kem.openingKey(random.bytes(32));
const receiptKeys = crypto.ed25519.keyPair(random.bytes(32));
const own = { custodian: custodians[1]!, key };
const place = { authority, chart, commitments, index: 2, custodian: own.custodian };
const input: DealInput = { ...place, share: dealing.shares[1]!, custodianKey: key.sealingKey };
const signed = await dealShare(input, keys.ck, realm);

/** The deal with something changed, signed again by ck. */
function changed(changes: Partial<Deal>, signer = keys.ck) {
  const deal = Deal.encode({ ...Deal.decode(signed.deal), ...changes });
  return { deal, signature: crypto.ed25519.sign(tagged('deal', deal), signer.secretKey) };
}

const codeFor = (deal: typeof signed, receiver: Parameters<typeof acceptDeal>[1] = own) =>
  codeOfAsync(() => acceptDeal(deal, receiver, realm));

describe('a dealt share', () => {
  it('reaches its custodian, who keeps key, chart, index and share and nothing else', async () => {
    expect(await acceptDeal(signed, own, realm)).toEqual({
      q: commitments[0],
      chart,
      index: 2,
      share: dealing.shares[1],
    });
  });

  it('is refused by every other custodian, and with another sealing key', async () => {
    const elsewhere = { custodian: custodians[2]!, key };
    expect(await codeFor(signed, elsewhere)).toBe('CHART_MISMATCH');
    const other = crypto.kem.openingKey(random.bytes(32));
    expect(await codeFor(signed, { ...own, key: other })).toBe('SEAL_INVALID');
    expect(await codeFor(changed({ custodian: custodians[2]! }), elsewhere)).toBe('SEAL_INVALID');
  });

  it('is refused when the chart is not of the dealer, or another one signed', async () => {
    const thief = makeSampleChart(crypto, { seed: 2 });
    expect(await codeFor(changed({ authority: thief.authority }))).toBe('CHART_MISMATCH');
    expect(await codeFor(changed({ chart: thief.chart }))).toBe('CHART_MISMATCH');
    expect(await codeFor(changed({}, thief.keys.ck))).toBe('CHART_SIGNATURE');
    const unsigned = { ...changed({ index: 3 }), signature: signed.signature };
    expect(await codeFor(unsigned)).toBe('CHART_SIGNATURE');
  });

  it('is accepted of a later authority as far as cold keys named it, and it the last', async () => {
    const [second, third] = [3, 4].map((seed) => makeSampleChart(crypto, { seed }));
    const slots = new Map<string, Uint8Array>();
    const name = (old: Authority, next: Authority) => {
      const value = successionValue({ chart, authority: next }, realm);
      slots.set(toHex(slotKey(old.cold)), Slot.encode({ value, time: 1 }));
    };
    const prove = async () => ({ bytes: (key: Uint8Array) => slots.get(toHex(key)) ?? null });
    const receiver = { ...own, prove };
    const predecessors = [authority, second!.authority];
    const taken = changed({ authority: third!.authority, predecessors }, third!.keys.ck);
    name(authority, second!.authority);
    expect(await codeFor(taken, receiver)).toBe('CHART_MISMATCH');
    name(second!.authority, third!.authority);
    expect(await codeFor(taken, receiver)).toBeUndefined();
    expect(await codeFor(taken)).toBe('CHART_MISMATCH');
    const skipped = { authority: third!.authority, predecessors: [authority] };
    expect(await codeFor(changed(skipped, third!.keys.ck), receiver)).toBe('CHART_MISMATCH');
    const foreign = { authority: third!.authority, predecessors: [second!.authority] };
    expect(await codeFor(changed(foreign, third!.keys.ck), receiver)).toBe('CHART_MISMATCH');
    name(third!.authority, authority);
    expect(await codeFor(taken, receiver)).toBe('CHART_MISMATCH');
  });

  it('is refused with index, commitments or sealed bytes changed', async () => {
    expect(await codeFor(changed({ index: 3 }))).toBe('SEAL_INVALID');
    const [a, b, c] = commitments as [Uint8Array, Uint8Array, Uint8Array];
    expect(await codeFor(changed({ commitments: [b, a, c] }))).toBe('SEAL_INVALID');
    expect(await codeFor(changed({ commitments: [a, c, b] }))).toBe('SHARE_INVALID');
    expect(await codeFor(changed({ commitments: [a, b] }))).toBe('SHARE_INVALID');
    const { sealedShare } = Deal.decode(signed.deal);
    const altered = sealedShare.slice();
    altered[0]! ^= 1;
    expect(await codeFor(changed({ sealedShare: altered }))).toBe('SEAL_INVALID');
  });

  it('is not accepted in another network', async () => {
    const elsewhere = { network: random.bytes(32), crypto };
    const code = await codeOfAsync(() => acceptDeal(signed, own, elsewhere));
    expect(code).toBe('CHART_MISMATCH');
  });

  it('is refused when it is no deal at all', async () => {
    const rubbish = { deal: random.bytes(40), signature: signed.signature };
    expect(await codeFor(rubbish)).toMatch(/^(CBOR|FORMAT)_/);
  });
});

describe('a receipt for a share', () => {
  const expected = { chart, q: commitments[0]!, index: 2, custodian: own.custodian };

  async function receipt(): Promise<DealReceipt> {
    const kept = await acceptDeal(signed, own, realm);
    return receiptDeal(kept, { id: own.custodian, keyPair: receiptKeys }, realm);
  }

  it('holds for the share it was given for, by the key of the custodian', async () => {
    const given = await receipt();
    expect(verifyDealReceipt(given, expected, receiptKeys.publicKey, realm)).toBe(true);
    const other = crypto.ed25519.keyPair(random.bytes(32)).publicKey;
    expect(verifyDealReceipt(given, expected, other, realm)).toBe(false);
  });

  it('holds for no other chart, key, index, custodian or network', async () => {
    const given = await receipt();
    const holds = (one: DealReceipt, wanted = expected, where = realm) =>
      verifyDealReceipt(one, wanted, receiptKeys.publicKey, where);
    const changes: Partial<typeof expected>[] = [
      { chart: random.bytes(32) },
      { q: random.bytes(32) },
      { index: 3 },
      { custodian: custodians[0]! },
    ];
    for (const change of changes) {
      expect(holds(given, { ...expected, ...change })).toBe(false);
      expect(holds({ ...given, ...change })).toBe(false);
      expect(holds({ ...given, ...change }, { ...expected, ...change })).toBe(false);
    }
    expect(holds(given, expected, { network: random.bytes(32), crypto })).toBe(false);
    expect(holds({ ...given, signature: random.bytes(64) })).toBe(false);
  });
});
