import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { SampleOpening } from '@ward/testkit/sample-opening';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHART_LIMITS } from '../limits.ts';
import { Grant, grantLeaf, PURPOSES, parsePurposes, writePart } from './grant.ts';

const crypto = await loadCrypto();
const opening = await SampleOpening.make(crypto);
const { grant } = opening;
const { realm, random } = opening.chart;

const codeWith = (changes: object) => codeOf(() => Grant.encode({ ...grant, ...changes } as Grant));

describe('a grant', () => {
  it('comes back as it was, whatever is in it', () => {
    const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const grants = fc.record<Grant>({
      grantee: bytesOf(16),
      purposes: fc.subarray([...PURPOSES], { minLength: 1 }),
      actions: fc.constantFrom(['read'], ['write'], ['read', 'write']),
      units: fc.constantFrom(null, [new Uint8Array(32), new Uint8Array(32).fill(1)]),
      from: fc.maxSafeNat(),
      until: fc.maxSafeNat(),
      openingsMax: fc.integer({ min: 0, max: CHART_LIMITS.openingsMax }),
      unitsPerOpeningMax: fc.integer({ min: 0, max: CHART_LIMITS.unitsPerOpeningMax }),
      conditions: fc.constant([]),
      openSecret: bytesOf(32),
      writePart: fc.option(bytesOf(32)),
    });
    fc.assert(
      fc.property(grants, (each) => {
        expect(Grant.decode(Grant.encode(each))).toEqual(each);
      }),
    );
  });

  it('is refused with a purpose, action or condition that there is not', () => {
    expect(codeWith({ purposes: ['MARKETING'] })).toBe('FORMAT_WORD');
    expect(codeWith({ actions: ['delete'] })).toBe('FORMAT_WORD');
    expect(codeWith({ conditions: ['emergency'] })).toBe('FORMAT_WORD');
    expect(codeWith({ purposes: [] })).toBe('FORMAT_RANGE');
    expect(codeWith({ actions: [] })).toBe('FORMAT_RANGE');
  });

  it('is refused beyond its bounds, and with units out of order', () => {
    expect(codeWith({ openingsMax: CHART_LIMITS.openingsMax + 1 })).toBe('FORMAT_RANGE');
    expect(codeWith({ unitsPerOpeningMax: 257 })).toBe('FORMAT_RANGE');
    expect(codeWith({ units: [] })).toBe('FORMAT_RANGE');
    const label = random.bytes(32);
    expect(codeWith({ units: [label, label] })).toBe('FORMAT_ORDER');
    expect(codeWith({ from: -1 })).toBe('FORMAT_RANGE');
    expect(codeWith({ openSecret: random.bytes(31) })).toBe('FORMAT_RANGE');
  });
});

describe('the leaf of a grant', () => {
  it('is another for another salt, body and network', () => {
    const bytes = Grant.encode(grant);
    const salt = random.bytes(32);
    const leaves = [
      grantLeaf({ salt, grant: bytes }, realm),
      grantLeaf({ salt: random.bytes(32), grant: bytes }, realm),
      grantLeaf({ salt, grant: Grant.encode({ ...grant, until: 1 }) }, realm),
      grantLeaf({ salt, grant: bytes }, { network: random.bytes(32), crypto }),
    ];
    expect(new Set(leaves.map(toHex)).size).toBe(leaves.length);
  });

  it('binds the write secret without showing it', () => {
    const writeSecret = random.bytes(32);
    const part = writePart(writeSecret, realm);
    expect(part).not.toEqual(writePart(random.bytes(32), realm));
    const bytes = Grant.encode({ ...grant, writePart: part });
    expect(toHex(bytes)).not.toContain(toHex(writeSecret));
  });
});

describe('purposes as others give them', () => {
  it('are taken when they are known, and refused otherwise', () => {
    expect(parsePurposes(['TREAT', 'HRESCH'])).toEqual(['TREAT', 'HRESCH']);
    for (const word of ['treat', 'TREAT ', '', 'MARKETING', 'toString']) {
      expect(codeOf(() => parsePurposes(['TREAT', word]))).toBe('WORD_UNKNOWN');
    }
  });
});
