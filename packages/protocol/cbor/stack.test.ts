import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const CODEC = new URL('./cbor.ts', import.meta.url).href;
const PROGRAM = `
  const { decodeCbor } = await import(${JSON.stringify(CODEC)});
  const codes = [];
  for (const opening of [0x81, 0xa1, 0x9f, 0xbf, 0xc1]) {
    for (const depth of [15, 16, 17, 200, 5_000, 1_000_000]) {
      const bytes = new Uint8Array(depth + 1).fill(opening);
      bytes[depth] = 0;
      try {
        decodeCbor(bytes);
        codes.push('accepted');
      } catch (error) {
        codes.push(error.code ?? error.name);
      }
    }
  }
  process.stdout.write(codes.join(' '));
`;

function codesUnder(stackKilobytes: number): string {
  const options = [`--stack-size=${stackKilobytes}`, '--input-type=module', '--eval', PROGRAM];
  return execFileSync(process.execPath, options, { encoding: 'utf8' });
}

it('gives deeply nested input the same code under a small stack and a large one', () => {
  const small = codesUnder(128);
  expect(small).not.toContain('RangeError');
  expect(small).toContain('accepted accepted CBOR_TOO_DEEP');
  expect(codesUnder(4000)).toBe(small);
});
