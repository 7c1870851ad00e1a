import { WriteSlots } from '@ward/ledger/schema';
import { type Crypto, signTransaction } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { Verdicts } from './verdicts.ts';
import { verifyEnvelope } from './verify-envelope.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

describe('verdicts', () => {
  it('are remembered, and only those that were found', () => {
    const random = seededRandom(1);
    const verdicts = new Verdicts();
    const known = Array.from({ length: 2000 }, () => random.bytes(32));
    for (const digest of known) verdicts.add(digest);
    expect(known.filter((digest) => verdicts.has(digest)).length).toBeGreaterThan(1990);
    for (let i = 0; i < 20_000; i++) expect(verdicts.has(random.bytes(32))).toBe(false);
  });

  it('are not shared by digests that differ in one bit', () => {
    const verdicts = new Verdicts();
    const digest = crypto.sha256(Uint8Array.of(1));
    verdicts.add(digest);
    for (let bit = 0; bit < 256; bit++) {
      const other = digest.slice();
      other[bit >> 3]! ^= 1 << (bit & 7);
      expect(verdicts.has(other)).toBe(false);
    }
    expect(verdicts.has(new Uint8Array(32).fill(255))).toBe(false);
  });

  it('give way to new ones that need their places', () => {
    const verdicts = new Verdicts();
    const sameSet = Array.from({ length: 5 }, (_, i) => new Uint8Array(32).fill(i + 1, 2));
    for (const digest of sameSet) verdicts.add(digest);
    expect(sameSet.map((digest) => verdicts.has(digest)).filter(Boolean)).toHaveLength(4);
    expect(verdicts.has(sameSet[4]!)).toBe(true);
  });
});

describe('an envelope', () => {
  const counting = () => {
    const counts = { verified: 0 };
    const ed25519 = {
      ...crypto.ed25519,
      verify: (...args: Parameters<Crypto['ed25519']['verify']>) => {
        counts.verified++;
        return crypto.ed25519.verify(...args);
      },
    };
    return { counts, crypto: { ...crypto, ed25519 } };
  };
  const message = { slots: [{ address: new Uint8Array(32), value: new Uint8Array(32) }] };
  const made = () => ledger.serviceTransaction(ledger.provider, WriteSlots, message, 1_800_000_000);

  it('is verified once, however often it comes', () => {
    const { counts, crypto: counted } = counting();
    const verdicts = new Verdicts();
    const { envelope, id, digest } = made();
    for (let i = 0; i < 3; i++) {
      const verified = verifyEnvelope(envelope, verdicts, counted);
      expect(verified).toEqual({ envelope, id, digest, passkeys: [undefined] });
    }
    expect(counts.verified).toBe(1);
  });

  it('is verified by itself when another signature stands under the same body', () => {
    const { counts, crypto: counted } = counting();
    const verdicts = new Verdicts();
    const { envelope } = made();
    verifyEnvelope(envelope, verdicts, counted);
    const forged = envelope.slice();
    forged[forged.length - 1]! ^= 1;
    const verify = () => verifyEnvelope(forged, verdicts, counted);
    expect(codeOf(verify)).toBe('TRANSACTION_SIGNATURE');
    expect(codeOf(verify)).toBe('TRANSACTION_SIGNATURE');
    expect(counts.verified).toBe(3);
  });

  it('keeps its place without a verdict when a signature fails', () => {
    const body = {
      network: ledger.realm.network,
      chain: ledger.genesis.chain,
      signers: [{ account: ledger.provider.id, role: 'author' }],
      validUntil: 1,
      salt: new Uint8Array(16),
      messages: [{ contract: 'slots', name: 'WriteSlots', body: Uint8Array.of(1) }],
    };
    const { publicKey } = ledger.provider.service;
    const sign = () => ({ publicKey, signature: new Uint8Array(64) });
    const { envelope } = signTransaction(body, [sign], crypto);
    const verdicts = new Verdicts();
    expect(codeOf(() => verifyEnvelope(envelope, verdicts, crypto))).toBe('TRANSACTION_SIGNATURE');
    expect(verdicts.has(crypto.sha256(envelope))).toBe(false);
  });
});
