import type { Genesis } from '@ward/ledger/schema';
import { type Crypto, MS_PER_SECOND, sortValidators } from '@ward/protocol';
import { governedLedger } from './governed-ledger.ts';
import { TestLedger } from './test-ledger.ts';

/** What all processes of a test's network agree on. */
export interface NetworkPlan {
  /** Of the genesis. */
  readonly time: number;
  readonly validators: number;
  /** Whether its members govern it, by stake; otherwise a registrar does. */
  readonly isGoverned: boolean;
}

/** Stake that each organisation of a governed network has bonded, and for which there is a vote. */
export const STAKE = { bonded: 1000, perPower: 100 } as const;

/** A network that begins now. */
export function planNetwork(validators: number, isGoverned = false): NetworkPlan {
  return { time: Math.floor(Date.now() / MS_PER_SECOND) - 1, validators, isGoverned };
}

/** The ledger of a plan, the same in every process. */
export function networkLedger(plan: NetworkPlan, crypto: Crypto): TestLedger {
  const { time, validators, isGoverned } = plan;
  // As CometBFT has them: clients begin with what the genesis names.
  const amend = (genesis: Genesis): Genesis => {
    return { ...genesis, validators: sortValidators(genesis.validators, crypto) };
  };
  if (!isGoverned) return new TestLedger(crypto, [['provider']], { time, validators, amend });
  return governedLedger(crypto, {
    ...{ time, validators, amend },
    roles: Array.from({ length: validators - 1 }, () => ['provider'] as const),
    rules: { weighting: 'stake', stakePerPower: STAKE.perPower, bondMin: STAKE.perPower },
    stakes: Array.from({ length: validators }, () => ({ free: 0, bonded: STAKE.bonded })),
  });
}
