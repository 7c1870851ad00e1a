import { loadCrypto } from '@ward/protocol/crypto';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { Verdicts } from './verdicts.ts';

const crypto = await loadCrypto();

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
