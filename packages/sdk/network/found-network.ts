import {
  type AccountKey,
  areWholeRules,
  type ConsensusRules,
  chooseActive,
  DEFAULT_CONSENSUS,
  DEFAULT_RULES,
  type Genesis,
  type Governance,
  hasRight,
  type NetworkFile,
  networkOf,
  type Parameters,
  powerOf,
  RELEASE,
  type Rules,
  refuseNetwork,
} from '@ward/ledger/schema';
import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  type Crypto,
  compareBytes,
  equalBytes,
  type Seconds,
  sortValidators,
  toHex,
  type Validator,
  type WardError,
} from '@ward/protocol';
import type { Application } from './application.ts';

/** A founding member: what it applies with, and the service keys of its servers. */
export interface Founder {
  readonly application: Application;
  /** Keys beside that of its key service. */
  readonly serviceKeys: readonly Uint8Array[];
}

/** Who makes blocks from the first one on, and what they hold. */
export interface FoundingValidator {
  /** A founder whose roles let it make blocks. */
  readonly organisation: AccountId;
  /** Ed25519. */
  readonly publicKey: Uint8Array;
}

/** Minor units of stake that a founder begins with. */
export interface FoundingStake {
  readonly organisation: AccountId;
  readonly free: number;
  readonly bonded: number;
}

/** What a network begins with that its members govern together. */
export interface FoundingGovernance {
  /** What is to be otherwise than in `DEFAULT_RULES`. */
  readonly rules?: Partial<Rules>;
  /** The same for `DEFAULT_CONSENSUS`. */
  readonly consensus?: Partial<ConsensusRules>;
  readonly validators: readonly FoundingValidator[];
  readonly stakes?: readonly FoundingStake[];
}

interface FoundingOptions {
  readonly chain: string;
  readonly time: Seconds;
  /** Where a registrar governs, one of them is it; else one of them has a vote. */
  readonly founders: readonly Founder[];
  readonly parameters: Parameters;
  /** Origins of nodes. */
  readonly nodes: readonly string[];
  readonly trustingPeriodSeconds: number;
}

/** A registrar governs, and the validators stay what they are; or the members do, by vote. */
export type FoundNetworkOptions = FoundingOptions &
  (
    | {
        /** Ed25519 keys that sign blocks, all with the same power. */
        readonly validators: readonly Uint8Array[];
        readonly governance?: undefined;
      }
    | { readonly governance: FoundingGovernance; readonly validators?: undefined }
  );

/**
 * The genesis of a new network, and the network file that its clients start with. Everything in it
 * is public.
 *
 * @throws WardError `RULES_INVALID` where no network could live by the rules of the members,
 * `VALIDATOR_UNKNOWN` for one that is no founder or may not make blocks, or where none weighs
 * anything.
 * @example
 * foundNetwork({ ...founding, governance: { validators: [{ organisation, publicKey }] } }, crypto)
 */
export function foundNetwork(options: FoundNetworkOptions, crypto: Crypto): NetworkFile {
  const { chain, time, founders, parameters, nodes, trustingPeriodSeconds } = options;
  const members = founders
    .map((founder) => memberOf(founder, time))
    .sort((a, b) => compareBytes(a.id, b.id));
  const governance = options.governance ? governanceOf(options.governance, members) : null;
  const powers =
    governance === null
      ? options.validators!.map((publicKey) => ({ publicKey, power: 1 }))
      : powersOf(governance);
  // Clients compare the set with that of the first header, where it stands in this order.
  const validators = sortValidators(powers, crypto);
  const genesis: Genesis = {
    ...{ chain, time, network: null, predecessor: null, governance, parameters },
    ...{ validators, members },
  };
  const network = networkOf(genesis, crypto);
  return { network, genesis, checkpoint: null, nodes, trustingPeriodSeconds, witnesses: null };
}

/**
 * What members begin with that govern together.
 *
 * @throws WardError `RULES_INVALID`, `VALIDATOR_UNKNOWN`.
 */
export function governanceOf(
  { rules, consensus, validators, stakes = [] }: FoundingGovernance,
  members: readonly Pick<Genesis['members'][number], 'id' | 'organisation'>[],
): Governance {
  const whole = {
    rules: { ...DEFAULT_RULES, ...rules },
    consensus: { ...DEFAULT_CONSENSUS, ...consensus },
  };
  if (!areWholeRules(whole.rules, whole.consensus)) throw refuseNetwork('RULES_INVALID');
  for (const { organisation } of validators) {
    const member = members.find(({ id }) => equalBytes(id, organisation));
    if (!hasRight(member?.organisation ?? null, 'validate')) throw unknown(organisation);
  }
  const byId = (a: { organisation: AccountId }, b: { organisation: AccountId }) =>
    compareBytes(a.organisation, b.organisation);
  return {
    ...{ release: RELEASE, ...whole },
    ...{ validators: [...validators].sort(byId), stakes: [...stakes].sort(byId) },
  };
}

/** The validators of the first block, as the contract weighs them. */
export function powersOf({ rules, validators, stakes }: Governance): Validator[] {
  const able = validators.map(({ organisation, publicKey }) => {
    const stake = stakes.find((one) => equalBytes(one.organisation, organisation));
    return { organisation, publicKey, power: powerOf(stake?.bonded ?? 0, rules) };
  });
  const active = chooseActive(able, rules);
  const [first] = able;
  if (active.length === 0) throw unknown(first?.organisation ?? new Uint8Array(ACCOUNT_ID_BYTES));
  return active.map(({ publicKey, power }) => ({ publicKey, power }));
}

function unknown(organisation: AccountId): WardError {
  return refuseNetwork('VALIDATOR_UNKNOWN', { organisation: toHex(organisation) });
}

/** A founder as it stands in a genesis, with keys that count from a time on. */
export function memberOf(
  { application, serviceKeys }: Founder,
  from: Seconds,
): Genesis['members'][number] {
  const { account: id, servicePublicKey, officerPublicKey, roles, ...profile } = application;
  const key = (kind: AccountKey['kind'], publicKey: Uint8Array): AccountKey => ({
    ...{ kind, publicKey, from, until: null, passkey: null },
  });
  return {
    id,
    account: {
      organisation: id,
      keys: [
        key('service', servicePublicKey),
        ...serviceKeys.map((publicKey) => key('service', publicKey)),
        key('officer', officerPublicKey),
      ],
    },
    organisation: {
      ...profile,
      roles: [...roles].sort(),
      status: 'active',
      successor: null,
    },
  };
}
