import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from './actions.ts';
import { simulate } from './simulate.ts';

const crypto = await loadCrypto();
const FIRST_SEED = 100;
const SEEDS = 6;
const BLOCKS = 120;

describe('a network in which anything may happen, for long', () => {
  const taken = new Set<string>();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    it(`does what the naive model says from seed ${seed}`, async () => {
      const { actions, blocks } = await simulate(seed, { blocks: BLOCKS }, crypto);
      expect(blocks).toBeGreaterThanOrEqual(BLOCKS);
      for (const name of actions.keys()) taken.add(name);
    });
  }

  it('has seen every kind of action', () => {
    expect([...taken].sort()).toEqual(Object.keys(ACTIONS).sort());
  });
});
