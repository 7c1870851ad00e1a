import { concatBytes, encodeUtf8, parseHex, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { proveEquality, verifyEquality } from './dleq.ts';

const crypto = await loadCrypto();

// RFC 9497, appendix A.1.2: VOPRF with ristretto255-SHA512.
const SECRET = 'e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909';
const PUBLIC = 'c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e';
const CONTEXT = concatBytes(
  encodeUtf8('OPRFV1-'),
  Uint8Array.of(1),
  encodeUtf8('-ristretto255-SHA512'),
);
const VECTORS = [
  {
    blinded: ['863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945'],
    evaluated: ['aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e'],
    random: '222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e',
    c: 'ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd06',
    s: '6d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d',
  },
  {
    blinded: ['cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c'],
    evaluated: ['60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468'],
    random: '222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e',
    c: '401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a',
    s: '67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02',
  },
  {
    blinded: [
      '863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945',
      '90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654',
    ],
    evaluated: [
      'aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e',
      'cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a',
    ],
    random: '419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c',
    c: 'cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a',
    s: '5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08',
  },
];

describe('proofs of equal logarithms, against the published vectors of RFC 9497', () => {
  it.each(VECTORS)('gives the proof of $blinded.length points that is printed', (vector) => {
    const statement = {
      b: parseHex(PUBLIC),
      cs: vector.blinded.map(parseHex),
      ds: vector.evaluated.map(parseHex),
      context: CONTEXT,
    };
    const fixed = { bytes: () => concatBytes(parseHex(vector.random), new Uint8Array(32)) };
    const proof = proveEquality(parseHex(SECRET), statement, fixed, crypto);
    expect(toHex(proof.c)).toBe(vector.c);
    expect(toHex(proof.s)).toBe(vector.s);
    expect(verifyEquality(proof, statement, crypto)).toBe(true);
    const elsewhere = { ...statement, context: encodeUtf8('another') };
    expect(verifyEquality(proof, elsewhere, crypto)).toBe(false);
  });
});
