import { loadCrypto } from '@ward/protocol/crypto';
import { decideWithout } from '@ward/testkit/altered-decide';
import { codeOf } from '@ward/testkit/refusals';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { CHART_LIMITS } from '../limits.ts';
import { decide } from '../opening/decide.ts';

// Grants cap openings and units per opening: otherwise a grantee opens everything on day one.

const crypto = await loadCrypto();

async function verdict(openingsMax: number, entryNumber: number, rules = { decide }) {
  const opening = await SampleOpening.make(crypto);
  opening.changeGrant({ openingsMax });
  opening.entryNumber = entryNumber;
  opening.commit();
  const { input, clock, realm } = opening.show();
  return codeOf(() => rules.decide(input, clock, realm));
}

describe('a grantee that opens all it can', () => {
  it('gets as many openings as the grant allows, and no more', async () => {
    expect(await verdict(3, 2)).toBeUndefined();
    expect(await verdict(3, 3)).toBe('OPENINGS_EXHAUSTED');
    expect(await verdict(0, 0)).toBe('OPENINGS_EXHAUSTED');
    expect(await verdict(3, 3, decideWithout('OPENINGS_EXHAUSTED'))).toBeUndefined();
  });

  it('cannot count from the start again: every entry has a place of its own', async () => {
    const opening = await SampleOpening.make(crypto);
    opening.changeGrant({ openingsMax: 3 });
    opening.entryNumber = 3;
    opening.commit();
    opening.entryNumber = 0;
    const { input, clock, realm } = opening.show();
    expect(codeOf(() => decide(input, clock, realm))).toBe('ENTRY_UNCOMMITTED');
  });

  it('cannot name one unit twice to get another one with it', async () => {
    const opening = await SampleOpening.make(crypto);
    const [label] = opening.entry.labels;
    opening.entry = { ...opening.entry, labels: [label!, label!] };
    expect(codeOf(() => opening.request)).toBe('FORMAT_ORDER');
  });

  it('is bounded even by a grant without thought', () => {
    const { openingsMax, unitsPerOpeningMax } = CHART_LIMITS;
    expect(openingsMax * unitsPerOpeningMax).toBeLessThan(250_000);
  });
});
