import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { toBase64 } from './base64.ts';
import { formatVerifierKey, parseVerifierKey, VERIFIER_KEY_LENGTH_MAX } from './verifier-key.ts';

const crypto = await loadCrypto();
const keyOf = (seed: number) => crypto.ed25519.keyPair(new Uint8Array(32).fill(seed)).publicKey;
const witness = { name: 'witness.example/one', publicKey: keyOf(1) };
const parse = (text: string) => parseVerifierKey(text, crypto);

describe('a verifier key of a witness', () => {
  it('is one line of name, key id and key, as C2SP has it, and is read as it was written', () => {
    const text = formatVerifierKey(witness, crypto);
    expect(text).toMatch(/^witness\.example\/one\+[0-9a-f]{8}\+B[A-Za-z0-9+/]{43}$/);
    expect(parse(text)).toEqual(witness);
  });

  it('is read whatever signs its Base64 has, a plus among them', () => {
    let plus = 0;
    for (let seed = 1; seed < 60; seed++) {
      const each = { name: `w${seed}`, publicKey: keyOf(seed) };
      const text = formatVerifierKey(each, crypto);
      plus += Number(text.split('+').length > 3);
      expect(parse(text)).toEqual(each);
    }
    expect(plus).toBeGreaterThan(0);
  });

  it('may have the longest name that a note may have', () => {
    const long = { ...witness, name: 'n'.repeat(200) };
    const text = formatVerifierKey(long, crypto);
    expect(text.length).toBeLessThanOrEqual(VERIFIER_KEY_LENGTH_MAX);
    expect(parse(text)).toEqual(long);
    expect(() => formatVerifierKey({ ...witness, name: 'a b' }, crypto)).toThrow('printable');
  });

  it('is none with any sign altered, left out or doubled', () => {
    const text = formatVerifierKey(witness, crypto);
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A';
      const altered = text.slice(0, at) + other + text.slice(at + 1);
      const shorter = text.slice(0, at) + text.slice(at + 1);
      const longer = text.slice(0, at) + text[at] + text.slice(at);
      for (const wrong of [altered, shorter, longer]) {
        expect([wrong, codeOf(() => parse(wrong))]).toEqual([wrong, 'WITNESS_KEY_INVALID']);
      }
    }
  });

  it('is none of another kind of key, or of a log that signs without a time', () => {
    const [name, keyId] = formatVerifierKey(witness, crypto).split('+') as [string, string];
    const ofKind = (kind: number) => toBase64(Uint8Array.of(kind, ...witness.publicKey));
    expect(codeOf(() => parse(`${name}+${keyId}+${ofKind(4)}`))).toBeUndefined();
    expect(codeOf(() => parse(`${name}+${keyId}+${ofKind(1)}`))).toBe('WITNESS_KEY_INVALID');
    for (const text of ['', '+', '++', 'a+b+c', 'x'.repeat(VERIFIER_KEY_LENGTH_MAX + 1)]) {
      expect(codeOf(() => parse(text))).toBe('WITNESS_KEY_INVALID');
    }
  });
});
