import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const crypto = await loadCrypto();

describe('a network in which anything may happen', () => {
  it('does what the naive model says, on four state machines alike', async () => {
    const report = await simulate(9, { blocks: 60 }, crypto);
    expect(report.blocks).toBeGreaterThanOrEqual(60);
    expect(report.actions.get('a grantee opens')).toBeGreaterThan(0);
  }, 300_000);

  it('runs the same again from the same seed', async () => {
    const [first, second] = [
      await simulate(3, { blocks: 12 }, crypto),
      await simulate(3, { blocks: 12 }, crypto),
    ];
    expect(second).toEqual(first);
  }, 300_000);
});
