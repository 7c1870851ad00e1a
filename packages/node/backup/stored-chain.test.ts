import type { LightBlock } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { signLightBlock, type TestValidator, testValidators } from '@ward/testkit/light-blocks';
import { codeOf } from '@ward/testkit/refusals';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { checkStoredChain } from './stored-chain.ts';

const crypto = await loadCrypto();
const { genesis: made } = new TestLedger(crypto);
const BLOCKS = 40;

/** The set of a height: every eight blocks there are three new ones of four. */
function setOf(height: number, seed = 1): TestValidator[] {
  const all = testValidators(
    Array.from({ length: 4 + BLOCKS }, () => 1),
    { seed, crypto },
  );
  const from = 3 * Math.floor(height / 8);
  return all.slice(from, from + 4);
}

const genesis = {
  ...made,
  validators: setOf(1).map(({ publicKey, power }) => ({ publicKey, power })),
};

function blockAt(height: number, seed = 1): LightBlock {
  const time = { seconds: TEST_TIME + height, nanos: 0 };
  const sets = { validators: setOf(height, seed), nextValidators: setOf(height + 1, seed) };
  return signLightBlock({ chain: genesis.chain, height, time, ...sets }, crypto);
}

function check(headers: (height: number) => LightBlock | undefined): string | undefined {
  const chain = { genesis, headers, crypto };
  return codeOf(() => checkStoredChain(headers(BLOCKS)!, chain));
}

describe('the headers of a backup', () => {
  it('lead from the validators of the genesis to the newest, whoever came and went', () => {
    expect(check((height) => blockAt(height))).toBeUndefined();
  });

  it('are refused where others signed the end of them, though they fit each other', () => {
    expect(check((height) => blockAt(height, height > 20 ? 2 : 1))).toBe('BACKUP_UNPROVED');
    expect(check((height) => blockAt(height, height === BLOCKS ? 2 : 1))).toBe('BACKUP_UNPROVED');
  });

  it('are refused where the first is not of the genesis', () => {
    expect(check((height) => blockAt(height, 2))).toBe('BACKUP_UNPROVED');
  });

  it('are refused where those between are not there', () => {
    const ends = (height: number) => (height < 3 || height > 38 ? blockAt(height) : undefined);
    expect(check(ends)).toBe('BACKUP_UNPROVED');
  });

  it('say nothing of who began where the first was pruned', () => {
    expect(check((height) => (height < 30 ? undefined : blockAt(height, 2)))).toBeUndefined();
  });
});
