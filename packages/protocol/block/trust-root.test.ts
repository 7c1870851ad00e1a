import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTrustRoot, parseTrustRoot, type TrustRoot } from './trust-root.ts';

const crypto = await loadCrypto();
const root: TrustRoot = {
  network: new Uint8Array(32).fill(1),
  chain: 'example-1',
  height: 1_000_000,
  hash: new Uint8Array(32).fill(2),
};

describe('a trust root as text', () => {
  it('says the same root again when it is read', () => {
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const roots = fc.record({
      network: digest,
      chain: fc.string({ unit: 'grapheme-ascii', maxLength: 50 }),
      height: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      hash: digest,
    });
    fc.assert(
      fc.property(roots, (one) => {
        expect(parseTrustRoot(formatTrustRoot(one, crypto), crypto)).toEqual(one);
      }),
    );
  });

  it('has only characters that a QR code holds in little space', () => {
    const text = formatTrustRoot({ ...root, chain: 'ä'.repeat(25) }, crypto);
    expect(text).toMatch(/^WARD1:[A-Z2-7]+$/);
    expect(text.length).toBeLessThan(230);
  });

  it('is refused when any one of its characters is another', () => {
    const text = formatTrustRoot(root, crypto);
    for (let i = 0; i < text.length; i++) {
      const other = text[i] === 'A' ? 'B' : 'A';
      const slip = text.slice(0, i) + other + text.slice(i + 1);
      expect(codeOf(() => parseTrustRoot(slip, crypto))).toBe('TRUST_ROOT_INVALID');
    }
  });

  it('is refused when it is cut, longer, or long without end', () => {
    const text = formatTrustRoot(root, crypto);
    const wrong = [text.slice(0, -1), `${text}A`, ` ${text}`, 'WARD1:', '', 'A'.repeat(1_000_000)];
    for (const one of wrong) {
      expect(codeOf(() => parseTrustRoot(one, crypto))).toBe('TRUST_ROOT_INVALID');
    }
  });
});
