import { carriedSlot } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { sampleRealm } from '@ward/testkit/sample-chart';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { Card, ChartKeys, cardAuthority, makeColdKey } from './chart-keys.ts';

const crypto = await loadCrypto();
const realm = sampleRealm(crypto);
const random = seededRandom(1);
const seed = random.bytes(32);
const keys = new ChartKeys({ seed, number: 0 }, realm);

describe('the keys that a wallet derives for a chart', () => {
  it('are the same each time, from seed and number alone', () => {
    const again = new ChartKeys({ seed, number: 0 }, realm);
    expect(again.ck).toEqual(keys.ck);
    expect(again.slot(7)).toEqual(keys.slot(7));
    expect(again.ownerSlot({ epoch: 1, n: 2 })).toEqual(keys.ownerSlot({ epoch: 1, n: 2 }));
    expect(again.mailbox.sealingKey.bytes).toEqual(keys.mailbox.sealingKey.bytes);
    expect(again.writeSecret(seed)).toEqual(keys.writeSecret(seed));
  });

  it('are all different: by purpose, number, version, epoch, seed and network', () => {
    const paths = [
      { seed, number: 0 },
      { seed, number: 1 },
      { seed: random.bytes(32), number: 0 },
    ];
    const charts = paths.map((path) => new ChartKeys(path, realm));
    charts.push(new ChartKeys(paths[0]!, { network: random.bytes(32), crypto }));
    const all = charts.flatMap((each) => [
      each.ck.publicKey,
      ...[0, 1, 2].map((version) => each.slot(version).publicKey),
      ...[0, 1].flatMap((epoch) => [0, 1].map((n) => each.ownerSlot({ epoch, n }).publicKey)),
      each.mailbox.sealingKey.bytes,
      each.writeSecret(random.bytes(16)),
    ]);
    expect(new Set(all.map(toHex)).size).toBe(all.length);
  });
});

describe('a cold key', () => {
  it('is random, and its slot is what the chart names', () => {
    const { seed: coldSeed, cold } = makeColdKey(random, realm);
    const { publicKey } = crypto.ed25519.keyPair(coldSeed);
    expect(cold).toEqual(carriedSlot(publicKey, realm));
    expect(makeColdKey(random, realm).cold).not.toEqual(cold);
  });
});

describe('a card', () => {
  const card: Card = {
    network: realm.network,
    kind: 'general',
    ck: random.bytes(32),
    cold: random.bytes(32),
    writeSecret: random.bytes(32),
    recipient: random.bytes(16),
    vaults: [random.bytes(16)],
  };

  it('comes back from bytes and from JSON as it was', () => {
    expect(Card.decode(Card.encode(card))).toEqual(card);
    expect(Card.fromJson(JSON.parse(JSON.stringify(Card.toJson(card))))).toEqual(card);
    expect(cardAuthority(card)).toEqual({ ck: card.ck, cold: card.cold });
  });

  it('takes an organisation or a random tag as recipient, and nothing shorter or longer', () => {
    const recipientOf = (length: number) => ({ ...card, recipient: random.bytes(length) });
    for (const length of [16, 32]) Card.encode(recipientOf(length));
    for (const length of [0, 15, 33]) {
      expect(codeOf(() => Card.encode(recipientOf(length)))).toBe('FORMAT_RANGE');
    }
  });

  it('is refused with a kind that there is not, or without a vault', () => {
    const kind = 'diary' as 'general';
    expect(codeOf(() => Card.encode({ ...card, kind }))).toBe('FORMAT_WORD');
    expect(codeOf(() => Card.encode({ ...card, vaults: [] }))).toBe('FORMAT_RANGE');
  });
});
