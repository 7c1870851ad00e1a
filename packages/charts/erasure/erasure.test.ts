import { loadCrypto } from '@ward/protocol/crypto';
import { sampleRealm } from '@ward/testkit/sample-chart';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import {
  DeletionReceipt,
  SHARE_DELETION_DELAY_SECONDS,
  signDeletion,
  verifyDeletion,
} from './erasure.ts';

const crypto = await loadCrypto();
const realm = sampleRealm(crypto);
const random = seededRandom(1);
const keyPair = crypto.ed25519.keyPair(random.bytes(32));

const unsigned = {
  organisation: random.bytes(16),
  what: 'body',
  subject: random.bytes(32),
  time: 1_800_000_000,
} as const;

describe('a receipt for a deletion', () => {
  const receipt = signDeletion(unsigned, keyPair, realm);

  it('holds by the key that signed it, after a journey in bytes', () => {
    const arrived = DeletionReceipt.decode(DeletionReceipt.encode(receipt));
    expect(verifyDeletion(arrived, keyPair.publicKey, realm)).toBe(true);
    const other = crypto.ed25519.keyPair(random.bytes(32));
    expect(verifyDeletion(arrived, other.publicKey, realm)).toBe(false);
  });

  it('holds for no other organisation, kind, subject, time or network', () => {
    const changes: Partial<DeletionReceipt>[] = [
      { organisation: random.bytes(16) },
      { what: 'object' },
      { what: 'shares' },
      { subject: random.bytes(32) },
      { time: unsigned.time + 1 },
      { signature: random.bytes(64) },
    ];
    for (const change of changes) {
      expect(verifyDeletion({ ...receipt, ...change }, keyPair.publicKey, realm)).toBe(false);
    }
    const elsewhere = { network: random.bytes(32), crypto };
    expect(verifyDeletion(receipt, keyPair.publicKey, elsewhere)).toBe(false);
  });

  it('for shares lies 21 days ahead, in case that the owner was robbed', () => {
    expect(SHARE_DELETION_DELAY_SECONDS).toBe(1_814_400);
  });
});
