import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { type BrokenRule, bindBroken } from './altered-contract.ts';
import { simulateLedger } from './simulate-ledger.ts';

const crypto = await loadCrypto();
const SEEDS = 60;

const BROKEN: readonly BrokenRule[] = [
  {
    file: 'network/cast-vote.ts',
    rule: 'state.votes.has(key, organisation)',
    broken: 'false',
  },
  {
    file: 'network/bond-stake.ts',
    rule: 'amount > available',
    broken: 'false',
  },
  {
    file: 'identity/end-key.ts',
    rule: 'isFirst && isLastOfficer(key, account)',
    broken: 'false',
  },
  {
    file: 'network/unjail-validator.ts',
    rule: 'jail.until > scope.block.time',
    broken: 'jail.until > scope.block.time + 20',
  },
  {
    file: 'slots/carry-slot.ts',
    rule: '!ed25519.verify(signature, carriedBytes(value, realm), pk)',
    broken: 'false',
  },
  {
    file: 'network/unbond-stake.ts',
    rule: 'bonded: stake.bonded - amount',
    broken: 'bonded: stake.bonded',
  },
];

describe('a simulation', () => {
  for (const rule of BROKEN) {
    it(`finds that ${rule.file} lacks a rule`, async () => {
      const contracts = await bindBroken(rule);
      const found: string[] = [];
      for (let seed = 1; seed <= SEEDS && found.length === 0; seed++) {
        try {
          simulateLedger(seed, { blocks: 80, crypto, contracts });
        } catch (error) {
          found.push((error as Error).message);
        }
      }
      expect(found.join()).toMatch(
        /^seed \d+, round \d+, .*(naive ledger|is broken|RangeError|FORMAT)/,
      );
    }, 600_000);
  }
});
