import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toBase64url } from './base64url.ts';

it('writes base64url without padding, as Node does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
    }),
  );
});

it('uses the two characters that differ from base64', () => {
  expect(toBase64url(Uint8Array.of(0xfb, 0xff))).toBe('-_8');
});
