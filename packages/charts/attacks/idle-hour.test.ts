import { loadCrypto } from '@ward/protocol/crypto';
import { decideFrom, decideWithout, ruleSource } from '@ward/testkit/altered-decide';
import { codeOf } from '@ward/testkit/refusals';
import { SAMPLE_TIME, SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { decide } from '../opening/decide.ts';

// Custodians judge by the later of block time and clock. Otherwise, after an idle hour, the first
// block carries a time of an hour ago and expired grants pass.

const crypto = await loadCrypto();
const HOUR_SECONDS = 3600;

async function show(changes: { blockTime: number; until: number; clock?: number }) {
  const opening = await SampleOpening.make(crypto);
  opening.changeGrant({ until: changes.until });
  opening.blockTime = changes.blockTime;
  opening.entryTime = changes.blockTime;
  opening.clock = changes.clock ?? SAMPLE_TIME;
  opening.commit();
  return opening.show();
}

describe('a grant that expired within an idle hour', () => {
  const idle = { blockTime: SAMPLE_TIME - HOUR_SECONDS, until: SAMPLE_TIME - 60 };

  it('would pass if custodians went by the time of the block alone', async () => {
    const { input, clock, realm } = await show(idle);
    const path = 'opening/decide.ts';
    const source = ruleSource(path).replace('Math.max(state.time, clock)', 'state.time');
    expect(decideFrom(path, source).decide(input, clock, realm)).toHaveLength(2);
  });

  it('is refused, and as expired where only the age of the block is overlooked', async () => {
    const { input, clock, realm } = await show(idle);
    expect(codeOf(() => decide(input, clock, realm))).toBe('LEDGER_BEHIND');
    const rules = decideWithout('LEDGER_BEHIND');
    expect(codeOf(() => rules.decide(input, clock, realm))).toBe('GRANT_EXPIRED');
  });

  it('is refused on the second by the clock, with a block that is fresh enough', async () => {
    const { input, clock, realm } = await show({
      blockTime: SAMPLE_TIME - 30,
      until: SAMPLE_TIME,
    });
    expect(codeOf(() => decide(input, clock, realm))).toBe('GRANT_EXPIRED');
    expect(codeOf(() => decide(input, clock - 1, realm))).toBeUndefined();
  });

  it('is refused by the time of the block where the clock was set back', async () => {
    const { input, clock, realm } = await show({
      blockTime: SAMPLE_TIME,
      until: SAMPLE_TIME,
      clock: SAMPLE_TIME - HOUR_SECONDS,
    });
    expect(codeOf(() => decide(input, clock, realm))).toBe('GRANT_EXPIRED');
  });
});
