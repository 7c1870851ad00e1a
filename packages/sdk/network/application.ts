import { custodianField, endpointsField, LEDGER_LIMITS, rolesField } from '@ward/ledger/schema';
import {
  ACCOUNT_ID_BYTES,
  defineFormat,
  type FormatOf,
  field,
  SEALING_KEY_BYTES,
} from '@ward/protocol';
import type { KeyService } from '../key-service/key-service.ts';

/** What a newcomer tells the registrar, as a JSON file between the two: all of it is public. */
export const Application = defineFormat('application', 1, {
  account: field.bytes(ACCOUNT_ID_BYTES),
  servicePublicKey: field.bytes(32),
  officerPublicKey: field.bytes(32),
  name: field.text(LEDGER_LIMITS.nameBytesMax),
  roles: rolesField,
  endpoints: endpointsField,
  sealingKey: field.bytes(SEALING_KEY_BYTES),
  custodian: field.nullable(custodianField),
});
export type Application = FormatOf<typeof Application>;

/** What an organisation applies with. */
export function applicationOf(
  service: KeyService,
  profile: Pick<Application, 'roles' | 'endpoints' | 'custodian'>,
): Application {
  return {
    account: service.account,
    servicePublicKey: service.serviceKey.publicKey,
    officerPublicKey: service.officerKey.publicKey,
    name: service.name,
    sealingKey: service.sealingKey.sealingKey.bytes,
    ...profile,
  };
}
