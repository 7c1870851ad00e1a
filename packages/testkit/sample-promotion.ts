import {
  DEFAULT_CONSENSUS,
  DEFAULT_RULES,
  type Genesis,
  type PromotionPlan,
  RELEASE,
  type Role,
} from '@ward/ledger/schema';
import { compareBytes, type Seconds } from '@ward/protocol';
import { validatorKey } from './governed-ledger.ts';
import { TEST_TIME, TestLedger, type TestMember, testMembership } from './test-ledger.ts';

export const PROMOTED_CHAIN = 'ward-test-2';

export interface SamplePlanOptions {
  /** Organisations that come to those of the ledger, each with a validator beside the registrar. */
  readonly newcomers?: number;
  readonly roles?: readonly Role[];
  /** From when on their keys count. */
  readonly from?: Seconds;
}

/** Organisations that are new in a plan, by their number. */
export function newcomer(ledger: TestLedger, index: number): TestMember {
  return ledger.makeMember(100 + index);
}

/** A plan by which the ledger of one registrar becomes a network of its own and of newcomers. */
export function samplePlan(
  ledger: TestLedger,
  { newcomers = 3, roles = ['provider'], from = TEST_TIME }: SamplePlanOptions = {},
): PromotionPlan {
  const { crypto, genesis, realm } = ledger;
  const added = Array.from({ length: newcomers }, (_, i) => newcomer(ledger, i));
  const validators = [ledger.registrar, ...added].map(({ id: organisation }, i) => {
    return { organisation, publicKey: validatorKey(crypto, i).publicKey };
  });
  const members = added.map((member) => testMembership(member, roles, from));
  return {
    chain: PROMOTED_CHAIN,
    network: realm.network,
    predecessor: genesis.chain,
    validators: validators.map(({ publicKey }) => ({ publicKey, power: 1 })),
    parameters: genesis.parameters,
    members: members.sort((a, b) => compareBytes(a.id, b.id)),
    governance: {
      ...{ release: RELEASE, rules: DEFAULT_RULES, consensus: DEFAULT_CONSENSUS, stakes: [] },
      validators: validators.sort((a, b) => compareBytes(a.organisation, b.organisation)),
    },
  };
}

/** The same organisations with the same keys on the chain that goes on. */
export function promotedLedger(ledger: TestLedger, genesis: Genesis): TestLedger {
  const roles = ledger.members.slice(1).map((): readonly Role[] => ['provider']);
  return new TestLedger(ledger.crypto, roles, {
    validators: genesis.validators.length,
    amend: () => genesis,
  });
}
