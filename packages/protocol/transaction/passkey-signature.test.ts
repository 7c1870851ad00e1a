import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { concatBytes, parseHex, toHex } from '../bytes.ts';
import { isLowS, lowS, passkeySignature } from './passkey-signature.ts';

const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function der(r: string, s: string): Uint8Array {
  const [first, second] = [parseHex(r), parseHex(s)];
  const integers = concatBytes(
    Uint8Array.of(2, first.length),
    first,
    Uint8Array.of(2, second.length),
    second,
  );
  return concatBytes(Uint8Array.of(0x30, integers.length), integers);
}

describe('the signature of a passkey', () => {
  it('becomes r ‖ s with the smaller s, and stays a signature', () => {
    let raised = 0;
    for (let i = 0; i < 64; i++) {
      const message = Buffer.from([i]);
      const made = new Uint8Array(sign('sha256', message, privateKey));
      const signature = passkeySignature(made);
      expect(isLowS(signature.subarray(32))).toBe(true);
      const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
      expect(verify('sha256', message, key, signature)).toBe(true);
      const raw = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      if (!isLowS(new Uint8Array(raw.subarray(32)))) raised++;
    }
    expect(raised).toBeGreaterThan(8);
  });

  it('fills short numbers with zeros', () => {
    const signature = passkeySignature(der('01', '7f'));
    expect(toHex(signature)).toBe(`${'00'.repeat(31)}01${'00'.repeat(31)}7f`);
    expect(toHex(passkeySignature(der('0080', '01'))).slice(62, 64)).toBe('80');
  });

  it('has a twin: n − s, and back', () => {
    const one = parseHex(`${'00'.repeat(31)}01`);
    const twin = parseHex(ORDER);
    twin[31]! -= 1;
    expect(lowS(twin)).toEqual(one);
    expect(lowS(one)).toEqual(one);
    expect(isLowS(twin)).toBe(false);
    const half = parseHex('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8');
    expect(isLowS(half)).toBe(true);
    half[31]! += 1;
    expect(isLowS(half)).toBe(false);
    expect(toHex(lowS(half))).toBe(
      '7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8',
    );
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['no sequence', toHex(der('01', '01')).replace(/^30/, '31')],
    ['a wrong length', toHex(der('01', '01')).replace(/^3006/, '3007')],
    ['something behind', `${toHex(der('01', '01'))}00`],
    ['a third number', '3009020101020101020101'],
    ['one number', '3003020101'],
    ['no integer', '3006020101030101'],
    ['an empty integer', '30050200020101'],
    ['a negative integer', toHex(der('80', '01'))],
    ['zeros in front that are not needed', toHex(der('0001', '01'))],
    ['r of zero', toHex(der('00', '01'))],
    ['s of zero', toHex(der('01', '00'))],
    ['r of the order', toHex(der(`00${ORDER}`, '01'))],
    ['s of the order', toHex(der('01', `00${ORDER}`))],
    ['a number of 33 bytes', toHex(der(`01${'00'.repeat(32)}`, '01'))],
    ['an integer that ends too late', '300602010102017f'.replace('02017f', '02027f')],
    ['a length in two bytes', '308106020101020101'],
    ['a length without an end', '3080020101020101'],
  ])('is refused when it is no DER signature: %s', (_, hex) => {
    expect(codeOf(() => passkeySignature(parseHex(hex)))).toBe('WEBAUTHN_INVALID');
  });
});
