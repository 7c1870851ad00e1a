import { carriedSlot, signCarriedSlot } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { sampleRealm } from '@ward/testkit/sample-chart';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { chartId, successionValue } from '../header/chart-header.ts';
import { ChartKeys, makeColdKey } from '../header/chart-keys.ts';
import { entrySlot } from '../opening/entry.ts';
import { sourceSecret, unitSlot } from '../unit/unit-slots.ts';

// Only unlinkable write-once slots stand on the ledger; persons have no accounts there. Otherwise a
// dump lists chart, organisation, purpose and time, and a few known visits single a person out.

const crypto = await loadCrypto();
const realm = sampleRealm(crypto);
const random = seededRandom(1);
const wallet = random.bytes(32);
const organisation = random.bytes(16);

/** All that the ledger ever sees of a chart: slots with values, one-time keys, signatures. */
function traces(number: number): string[] {
  const keys = new ChartKeys({ seed: wallet, number }, realm);
  const { cold } = makeColdKey(random, realm);
  const authority = { ck: keys.ck.publicKey, cold };
  const id = chartId(authority, realm);
  const openSecret = random.bytes(32);
  const writeSecret = keys.writeSecret(organisation);
  const traced: Uint8Array[] = [cold, successionValue({ chart: id, authority }, realm)];
  for (let n = 0; n < 5; n++) {
    for (const keyPair of [keys.slot(n), keys.ownerSlot({ epoch: 0, n })]) {
      const value = crypto.sha256(Uint8Array.of(number, n));
      const carried = signCarriedSlot({ value, keyPair }, realm);
      traced.push(carriedSlot(carried.pk, realm), carried.pk, carried.signature);
    }
    const source = { organisation, secret: sourceSecret({ writeSecret, epoch: 0 }, crypto) };
    traced.push(unitSlot({ source, n }, realm));
    traced.push(entrySlot({ grantee: organisation, openSecret, n }, realm));
  }
  return [...traced, id, keys.ck.publicKey, keys.mailbox.sealingKey.bytes, writeSecret].map(toHex);
}

describe('two charts of one person', () => {
  it('share nothing: no key, no id, no slot, no signature, no byte string of 16', () => {
    const [a, b] = [traces(0), traces(1)];
    expect(new Set([...a, ...b]).size).toBe(a.length + b.length);
    const pieces = new Set(a.flatMap((text) => text.match(/.{32}/g) ?? []));
    const shared = b.flatMap((text) => text.match(/.{32}/g) ?? []).filter((p) => pieces.has(p));
    expect(shared).toEqual([]);
  });

  it('give every organisation another write secret, so that cards cannot be compared', () => {
    const keys = [0, 1].map((number) => new ChartKeys({ seed: wallet, number }, realm));
    const recipients = [organisation, random.bytes(16), random.bytes(32)];
    const secrets = keys.flatMap((each) => recipients.map((one) => toHex(each.writeSecret(one))));
    expect(new Set(secrets).size).toBe(6);
  });
});

describe('the slots of one grant or source', () => {
  it('look like noise: every bit of their addresses is set about half of the time', () => {
    const openSecret = random.bytes(32);
    const counts = new Array<number>(256).fill(0);
    const samples = 2000;
    for (let n = 0; n < samples; n++) {
      const slot = entrySlot({ grantee: organisation, openSecret, n }, realm);
      for (let bit = 0; bit < 256; bit++) counts[bit]! += (slot[bit >> 3]! >> (bit & 7)) & 1;
    }
    for (const count of counts) expect(Math.abs(count - samples / 2)).toBeLessThan(samples / 10);
  });
});
