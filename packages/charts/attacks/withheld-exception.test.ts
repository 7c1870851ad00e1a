import { concatBytes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { SAMPLE_TIME, SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { Grant } from '../grant/grant.ts';
import { makeRoster } from '../grant/roster.ts';
import { decide } from '../opening/decide.ts';

// Whoever shows a permit could leave an exception to it at home, if exceptions were papers of their
// own. So there are none: all that limits a grant stands in the grant, and the roster has its leaf.

const crypto = await loadCrypto();
const noise = (length: number) => new Uint8Array(length).fill(7);

const WIDER: { readonly [field in keyof Grant]: Partial<Grant> } = {
  grantee: { grantee: noise(16) },
  purposes: { purposes: ['TREAT', 'HRESCH'] },
  actions: { actions: ['read', 'write'] },
  units: { units: null },
  from: { from: 0 },
  until: { until: SAMPLE_TIME + 10 * 365 * 86_400 },
  openingsMax: { openingsMax: 900 },
  unitsPerOpeningMax: { unitsPerOpeningMax: 256 },
  conditions: {},
  openSecret: { openSecret: noise(32) },
  writePart: { writePart: noise(32) },
};
const changed = Object.entries(WIDER).filter(([, change]) => Object.keys(change).length > 0);

/** An opening on a grant of few units, whose roster stands. */
async function narrow(): Promise<SampleOpening> {
  const opening = await SampleOpening.make(crypto);
  opening.changeGrant({ units: opening.entry.labels, openingsMax: 3, unitsPerOpeningMax: 2 });
  opening.roster = makeRoster([opening.leaf], opening.chart.random);
  return opening;
}

function verdict(opening: SampleOpening): string | undefined {
  opening.commit();
  const { input, clock, realm } = opening.show();
  return codeOf(() => decide(input, clock, realm));
}

describe('a grantee that leaves something of its grant at home', () => {
  it('is answered with the whole grant', async () => {
    expect(verdict(await narrow())).toBeUndefined();
  });

  it.each(changed)('is refused with another %s', async (_, change) => {
    const opening = await narrow();
    opening.grant = { ...opening.grant, ...change };
    expect(verdict(opening)).toBe('GRANT_REVOKED');
  });

  it.each(changed)('is refused with another %s under a leaf that fits it', async (_, change) => {
    const opening = await narrow();
    opening.changeGrant(change);
    expect(verdict(opening)).toBe('GRANT_REVOKED');
  });
});

describe('a paper that says less than a grant', () => {
  it('does not exist: a grant has no more and no fewer fields, and no unknown words', async () => {
    const { grant } = await narrow();
    const bytes = Grant.encode(grant);
    const longer = concatBytes(Uint8Array.of(bytes[0]! + 1), bytes.subarray(1), noise(1));
    const shorter = concatBytes(Uint8Array.of(bytes[0]! - 1), bytes.subarray(1, -1));
    for (const other of [longer, shorter]) {
      expect(codeOf(() => Grant.decode(other))).toMatch(/^(FORMAT|CBOR)_/);
    }
    const denial = { ...grant, actions: ['deny'] } as unknown as Grant;
    expect(codeOf(() => Grant.encode(denial))).toBe('FORMAT_WORD');
  });
});
