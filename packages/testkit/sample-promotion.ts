import {
  type FirstState,
  MemoryStorage,
  type StateMachine,
  type Storage,
  type VerifiedTransaction,
} from '@ward/ledger';
import {
  DEFAULT_CONSENSUS,
  DEFAULT_RULES,
  type Genesis,
  genesisOf,
  PromoteNetwork,
  type PromotionPlan,
  planDigest,
  RELEASE,
  type Role,
} from '@ward/ledger/schema';
import { type BlockHeader, compareBytes, type LightBlock, type Seconds } from '@ward/protocol';
import { validatorKey } from './governed-ledger.ts';
import { signLightBlock, testValidators } from './light-blocks.ts';
import { TestChain } from './test-chain.ts';
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

/** A ledger that ended: all that the chain behind it begins from. */
export interface EndedChain {
  readonly plan: PromotionPlan;
  readonly genesis: Genesis;
  readonly first: FirstState;
  /** The last block of the chain that ended, signed by a validator of the test's. */
  readonly lastBlock: LightBlock;
  /** The same organisations, for transactions of the chain that goes on. */
  readonly ledger: TestLedger;
}

/** Promotes a chain by its registrar, in a block with `others`, and ends it. */
export function endChain(
  chain: TestChain,
  plan: PromotionPlan = samplePlan(chain.ledger),
  others: readonly VerifiedTransaction[] = [],
): EndedChain {
  const { ledger, machine } = chain;
  const { crypto, registrar } = ledger;
  const message = { chain: plan.chain, plan: planDigest(plan, crypto) };
  const promoting = ledger.officerTransaction(registrar, PromoteNetwork, message, chain.time);
  chain.block([...others, promoting]);
  const { appHash } = chain.block();
  const validators = testValidators([1], { seed: 1, crypto });
  const time = { seconds: machine.time, nanos: 7 };
  const header = {
    ...{ chain: ledger.genesis.chain, height: machine.height },
    header: { appHash },
  };
  const lastBlock = signLightBlock({ ...header, time, validators }, crypto);
  const genesis = genesisOf(plan, lastBlock.header, crypto);
  const first = firstStateOf(machine, lastBlock.header);
  return { plan, genesis, first, lastBlock, ledger: promotedLedger(ledger, genesis) };
}

/** The state of a ledger as files would hold it. */
export function firstStateOf(
  machine: StateMachine,
  last: BlockHeader,
  bodyBytes = 2000,
): FirstState {
  const maker = machine.snapshots.make(bodyBytes);
  const chunks: Uint8Array[] = [];
  for (let chunk = maker.next(); chunk !== undefined; chunk = maker.next()) chunks.push(chunk);
  machine.snapshots.release();
  return { last, snapshot: maker.snapshot, chunks };
}

/** The chain that goes on, begun. */
export function goOn(ended: EndedChain, storage: Storage = new MemoryStorage()): TestChain {
  const chain = new TestChain(ended.ledger, {}, storage);
  chain.machine.beginWith(ended.first);
  chain.time = ended.genesis.time;
  return chain;
}
