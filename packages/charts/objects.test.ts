import { concatBytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkObject, objectName, objectNameStream, packBodies, packedName } from './objects.ts';

const crypto = await loadCrypto();
const random = seededRandom(1);

describe('the name of an object', () => {
  it('is the same for bytes in one piece and in many', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), (pieces) => {
        const stream = objectNameStream(crypto);
        for (const piece of pieces) stream.update(piece);
        expect(stream.digest()).toEqual(objectName(concatBytes(...pieces), crypto));
      }),
    );
  });

  it('is not the plain digest, which other software may have published', () => {
    const bytes = random.bytes(100);
    expect(objectName(bytes, crypto)).not.toEqual(crypto.sha256(bytes));
  });

  it('refuses other bytes than those it names', () => {
    const bytes = random.bytes(100);
    const name = objectName(bytes, crypto);
    expect(checkObject(bytes, name, crypto)).toBe(bytes);
    const altered = bytes.slice();
    altered[50]! ^= 1;
    for (const other of [altered, bytes.slice(1), new Uint8Array(0)]) {
      expect(codeOf(() => checkObject(other, name, crypto))).toBe('OBJECT_MISMATCH');
    }
  });
});

describe('the name of a packed object', () => {
  const bodies = [10, 20, 30].map((size) => ({ digest: random.bytes(32), size }));
  const [a, b, c] = bodies as [(typeof bodies)[0], (typeof bodies)[0], (typeof bodies)[0]];

  it('names the list of bodies, so that one can be punched out and the others verify', () => {
    const name = packedName(bodies, crypto);
    const others = [
      [b, a, c],
      [a, b],
      [a, b, c, c],
      [a, { ...b, size: 21 }, c],
      [a, { ...b, digest: random.bytes(32) }, c],
    ];
    for (const other of others) expect(packedName(other, crypto)).not.toEqual(name);
  });

  it('stands for the bodies one behind the other', () => {
    const contents = [random.bytes(3), random.bytes(0), random.bytes(5)];
    expect(packBodies(contents)).toEqual(concatBytes(...contents));
  });
});
