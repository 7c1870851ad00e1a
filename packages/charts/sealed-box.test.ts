import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { openMany, openOnce, sealMany, sealOnce } from './sealed-box.ts';

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
