import { field, SEALING_KEY_BYTES } from '@ward/protocol';
import { LEDGER_LIMITS } from '../../schema/limits.ts';

const endpointField = field.nullable(field.text(LEDGER_LIMITS.endpointBytesMax));

/** Where an organisation's servers are; each an origin, or null where it runs none. */
export const endpointsField = field.struct({
  node: endpointField,
  vault: endpointField,
  custodian: endpointField,
  inbox: endpointField,
});

/** Keys of a custodian: requests are sealed to the one, receipts signed by the other. */
export const custodianField = field.struct({
  sealingKey: field.bytes(SEALING_KEY_BYTES),
  publicKey: field.bytes(32),
});

/** What an organisation says of itself, and may change by itself. */
export const profileFields = {
  name: field.text(LEDGER_LIMITS.nameBytesMax),
  endpoints: endpointsField,
  sealingKey: field.bytes(SEALING_KEY_BYTES),
  custodian: field.nullable(custodianField),
};
