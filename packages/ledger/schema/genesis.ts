import {
  ACCOUNT_ID_BYTES,
  type Crypto,
  DIGEST_BYTES,
  defineFormat,
  type FormatOf,
  field,
  type Height,
  type NetworkId,
  type Seconds,
  taggedDigest,
  validatorsField,
} from '@ward/protocol';
import { Account } from '../contracts/identity/state.ts';
import { ConsensusRules, Rules } from '../contracts/network/rules.ts';
import { Organisation, Parameters } from '../contracts/network/state.ts';
import { LEDGER_LIMITS } from './limits.ts';

/**
 * The ledger that this one continues, by its last block: this one begins with the state whose root
 * stands in that header.
 */
const predecessorField = field.struct({
  chain: field.text(50),
  height: field.integer<Height>(1),
  hash: field.bytes(DIGEST_BYTES),
});

const organisationField = field.bytes(ACCOUNT_ID_BYTES);

/** What a network that its members govern begins with. */
export const governanceField = field.struct({
  /** Name of the software that executes it at first. */
  release: field.text(LEDGER_LIMITS.releaseBytesMax),
  rules: Rules.schema,
  consensus: ConsensusRules.schema,
  /** Whose the validators are, as many as `validators` lists. */
  validators: field.list(
    field.struct({ organisation: organisationField, publicKey: field.bytes(32) }),
    { min: 1, max: LEDGER_LIMITS.validatorsMax, sortedBy: 'organisation' },
  ),
  /** Stake in minor units. Until there are tokens, it comes from here and from votes alone. */
  stakes: field.list(
    field.struct({
      organisation: organisationField,
      free: field.integer(),
      bonded: field.integer(),
    }),
    { max: 1000, sortedBy: 'organisation' },
  ),
});

/** Who is a member from the beginning on; of a ledger that continues another, those who are new. */
export const membersField = field.list(
  field.struct({
    id: field.bytes(ACCOUNT_ID_BYTES),
    account: Account.schema,
    organisation: Organisation.schema,
  }),
  { max: 1000, sortedBy: 'id' },
);

/** Where a ledger begins. The network id is the digest of the first one. */
export const Genesis = defineFormat('genesis', 1, {
  chain: field.text(50),
  time: field.integer<Seconds>(),
  /** Null for the first genesis of a network. */
  network: field.nullable(field.bytes(DIGEST_BYTES)),
  predecessor: field.nullable(predecessorField),
  validators: validatorsField,
  parameters: Parameters.schema,
  members: membersField,
  /** Null: a registrar governs. Else the members do; there is one way at a time. */
  governance: field.later(governanceField),
});
export type Genesis = FormatOf<typeof Genesis>;
export type Governance = NonNullable<Genesis['governance']>;

/** The network that a genesis belongs to: its own digest, unless it continues another. */
export function networkOf(genesis: Genesis, crypto: Crypto): NetworkId {
  return genesis.network ?? taggedDigest('genesis', Genesis.encode(genesis), crypto);
}
