import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { openMany, openOnce, padBox, sealMany, sealOnce, unpadBox } from './sealed-box.ts';

const crypto = await loadCrypto();
const random = seededRandom(1);
const key = random.bytes(32);
const text = random.bytes(50);

describe('a box under a key that seals once', () => {
  it('opens with its key only, and only as it was sealed', async () => {
    const sealed = await sealOnce(key, text, crypto);
    expect(await openOnce(key, sealed, crypto)).toEqual(text);
    const altered = sealed.slice();
    altered[0]! ^= 1;
    const tries = [
      () => openOnce(random.bytes(32), sealed, crypto),
      () => openOnce(key, altered, crypto),
      () => openOnce(key, sealed.slice(0, -1), crypto),
      () => openOnce(key, new Uint8Array(0), crypto),
    ];
    for (const open of tries) expect(await codeOfAsync(open)).toBe('SEAL_INVALID');
  });
});

describe('padding in a box', () => {
  it('comes off as it went on, for every length', () => {
    for (let length = 0; length < 300; length++) {
      const bytes = random.bytes(length);
      const padded = padBox(bytes, 128);
      expect(padded.length % 128).toBe(0);
      expect(padded.length - length).toBeLessThanOrEqual(128);
      expect(unpadBox(padded)).toEqual(bytes);
    }
    expect(unpadBox(padBox(new Uint8Array(9), 32))).toEqual(new Uint8Array(9));
  });

  it('is refused where there is none', () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(32), Uint8Array.of(1, 2, 3, 0)]) {
      expect(codeOf(() => unpadBox(bytes))).toBe('SEAL_INVALID');
    }
  });
});

describe('a box under a key that seals several texts', () => {
  it('is another each time, and opens with its key only', async () => {
    const [one, two] = [
      await sealMany(key, text, random, crypto),
      await sealMany(key, text, random, crypto),
    ];
    expect(one).not.toEqual(two);
    expect(await openMany(key, one, crypto)).toEqual(text);
    expect(await openMany(key, two, crypto)).toEqual(text);
    for (let length = 0; length < one.length; length++) {
      const cut = () => openMany(key, one.slice(0, length), crypto);
      expect(await codeOfAsync(cut)).toBe('SEAL_INVALID');
    }
    const swapped = new Uint8Array([...two.slice(0, 12), ...one.slice(12)]);
    expect(await codeOfAsync(() => openMany(key, swapped, crypto))).toBe('SEAL_INVALID');
  });
});
