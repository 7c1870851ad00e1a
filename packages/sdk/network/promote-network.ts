import {
  networkState,
  Parameters,
  PromoteNetwork,
  type PromotionPlan,
  parametersKey,
  planDigest,
  refuseLedger,
} from '@ward/ledger/schema';
import { compareBytes, equalBytes, sortValidators, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { message, submit } from '../connection/submit.ts';
import { refuse } from '../errors.ts';
import type { KeyService } from '../key-service/key-service.ts';
import {
  type Founder,
  type FoundingGovernance,
  governanceOf,
  memberOf,
  powersOf,
} from './found-network.ts';

/** What a ledger of one registrar goes on as. */
export interface PromotionOptions {
  /** Name of the chain that goes on; another one than now. */
  readonly chain: string;
  /** Who comes to those that are members already. */
  readonly founders: readonly Founder[];
  /** How all of them govern; validators may be of old members and of those that come. */
  readonly governance: FoundingGovernance;
}

/**
 * The plan by which a ledger of one registrar becomes a network that its members govern. Everything
 * in it is public, and nothing happens before an officer signs it: see {@link promoteNetwork}.
 *
 * @throws WardError `RULES_INVALID`, `VALIDATOR_UNKNOWN`, `FOUNDER_TAKEN` for who has an account
 * there; what reading the ledger refuses.
 */
export async function planPromotion(
  { chain, founders, governance: wanted }: PromotionOptions,
  connection: Connection,
): Promise<PromotionPlan> {
  const { realm } = connection;
  const now = connection.now();
  const state = await connection.prove([parametersKey]);
  const parameters = state.record(Parameters, parametersKey);
  if (parameters === null) throw refuseLedger('RECORD_UNKNOWN');
  const members = founders
    .map((founder) => memberOf(founder, now))
    .sort((a, b) => compareBytes(a.id, b.id));
  for (const { id } of members) {
    const isThere = (await connection.account(id)) !== null;
    if (isThere) throw refuse('FOUNDER_TAKEN', { account: toHex(id) });
  }
  const all = [...(await connection.organisations()), ...members];
  const governance = governanceOf(wanted, all);
  const validators = sortValidators(powersOf(governance), realm.crypto);
  return {
    ...{ chain, network: realm.network, predecessor: connection.chain },
    ...{ validators, parameters, members, governance },
  };
}

/**
 * Ends the ledger, as an officer of its registrar: from then on it takes nothing, and its state is
 * what the chain of the plan begins with. Done already, by the same plan, it does nothing.
 *
 * @throws WardError `NETWORK_PROMOTED` where it was promoted by another plan; `SIGNER_ROLE` for who
 * is no registrar, `GOVERNED_BY_MEMBERS`.
 */
export async function promoteNetwork(
  service: KeyService,
  plan: PromotionPlan,
  connection: Connection,
): Promise<void> {
  const digest = planDigest(plan, connection.realm.crypto);
  const isDone = async () => {
    const before = await connection.read(networkState.promotion);
    if (before !== null && !equalBytes(before.plan, digest)) throw refuseLedger('NETWORK_PROMOTED');
    return before !== null;
  };
  if (await isDone()) return;
  const body = message(PromoteNetwork, { chain: plan.chain, plan: digest });
  await submit(connection, [body], [service.officerSigner]);
}
