import {
  type AccountId,
  DIGEST_BYTES,
  defineFormat,
  type FormatOf,
  field,
  hash,
  type OpeningKey,
  type Realm,
  type SealingKey,
} from '@ward/protocol';
import { Card, CHART_KINDS } from '../header/chart-keys.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';

/** All that a grantee needs to use a grant; sealed to its organisation. */
export const GrantEnvelope = defineFormat('grant-envelope', 1, {
  kind: field.word(CHART_KINDS),
  ck: field.bytes(32),
  cold: field.bytes(DIGEST_BYTES),
  vaults: field.list(field.bytes(16), { min: 1, max: LIMITS.vaultsMax }),
  grant: field.bytesBetween(1, 16 * 1024),
  salt: field.bytes(32),
  /** Epochs that may be read: no more than these, and none before them through them. */
  seeds: field.list(
    field.struct({ epoch: field.integer(0, LIMITS.epochsMax), seed: field.bytes(32) }),
    { max: LIMITS.grantEpochsMax, sortedBy: 'epoch' },
  ),
  /** ws of a grant to write. */
  writeSecret: field.nullable(field.bytes(32)),
});
export type GrantEnvelope = FormatOf<typeof GrantEnvelope>;

/** What people send to an organisation's inbox. */
export const InboxLetter = defineFormat('inbox-letter', 1, {
  letter: field.variant({
    card: field.struct({ card: Card.schema }),
    grant: field.struct({ envelope: GrantEnvelope.schema }),
  }),
});
export type InboxLetter = FormatOf<typeof InboxLetter>;

/** Seals a letter to an organisation. */
export function sealLetter(
  letter: InboxLetter['letter'],
  { organisation, key }: { organisation: AccountId; key: SealingKey },
  realm: Realm,
): Promise<Uint8Array> {
  const info = hash('inbox-seal', [organisation], realm);
  return realm.crypto.kem.seal(InboxLetter.encode({ letter }), { to: key, info });
}

/** @throws WardError `SEAL_INVALID`, `CBOR_*`, `FORMAT_*`. */
export async function openLetter(
  sealed: Uint8Array,
  { organisation, key }: { organisation: AccountId; key: OpeningKey },
  realm: Realm,
): Promise<InboxLetter['letter']> {
  const info = hash('inbox-seal', [organisation], realm);
  const bytes = await realm.crypto.kem.open(sealed, { with: key, info });
  return InboxLetter.decode(bytes).letter;
}
