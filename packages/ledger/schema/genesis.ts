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
import { Organisation, Parameters } from '../contracts/network/state.ts';

/** The ledger that this one continues: its state became this genesis. */
const predecessorField = field.struct({
  chain: field.text(50),
  height: field.integer<Height>(1),
  hash: field.bytes(DIGEST_BYTES),
});

/** Where a ledger begins. The network id is the digest of the first one. */
export const Genesis = defineFormat('genesis', 1, {
  chain: field.text(50),
  time: field.integer<Seconds>(),
  /** Null for the first genesis of a network. */
  network: field.nullable(field.bytes(DIGEST_BYTES)),
  predecessor: field.nullable(predecessorField),
  validators: validatorsField,
  parameters: Parameters.schema,
  members: field.list(
    field.struct({
      id: field.bytes(ACCOUNT_ID_BYTES),
      account: Account.schema,
      organisation: Organisation.schema,
    }),
    { min: 1, max: 1000, sortedBy: 'id' },
  ),
});
export type Genesis = FormatOf<typeof Genesis>;

/** The network that a genesis belongs to: its own digest, unless it continues another. */
export function networkOf(genesis: Genesis, crypto: Crypto): NetworkId {
  return genesis.network ?? taggedDigest('genesis', Genesis.encode(genesis), crypto);
}
