import {
  AddKey,
  AdmitOrganisation,
  NameSuccessor,
  OpenAccount,
  type Organisation,
  type Receipt,
  ReinstateOrganisation,
  SuspendOrganisation,
  UpdateOrganisation,
} from '@ward/ledger/schema';
import type { AccountId } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { message, submit } from '../connection/submit.ts';
import type { KeyService } from '../key-service/key-service.ts';
import type { Application } from './application.ts';

/** Admits an organisation, as an officer of a registrar. */
export function admitOrganisation(
  service: KeyService,
  application: Application,
  connection: Connection,
): Promise<Receipt> {
  const { account, servicePublicKey, officerPublicKey, ...profile } = application;
  const keys = [
    { kind: 'service' as const, publicKey: servicePublicKey, passkey: null },
    { kind: 'officer' as const, publicKey: officerPublicKey, passkey: null },
  ];
  const messages = [
    message(OpenAccount, { account, organisation: account, keys }),
    message(AdmitOrganisation, { organisation: account, ...profile }),
  ];
  return submit(connection, messages, [service.officerSigner]);
}

/** Changes what the organisation says of itself, as its own officer. */
export async function updateOrganisation(
  service: KeyService,
  change: Partial<Pick<Organisation, 'name' | 'endpoints' | 'custodian' | 'sealingKey'>>,
  connection: Connection,
): Promise<Receipt> {
  const { account: organisation } = service;
  const { name, endpoints, sealingKey, custodian } = await connection.organisation(organisation);
  const profile = { name, endpoints, sealingKey, custodian, ...change };
  const body = message(UpdateOrganisation, { organisation, ...profile });
  return submit(connection, [body], [service.officerSigner]);
}

/**
 * Names who takes over the organisation's shares when its custodian leaves, as its own officer; the
 * custodian then hands them over by itself: see `Custodian.handOver`.
 *
 * @param successor Another custodian of the network; null takes it back.
 * @throws WardError `SUCCESSOR_INVALID`.
 */
export function nameSuccessor(
  service: KeyService,
  successor: AccountId | null,
  connection: Connection,
): Promise<Receipt> {
  const body = message(NameSuccessor, { organisation: service.account, successor });
  return submit(connection, [body], [service.officerSigner]);
}

/** Adds the service key of another server to the organisation's account, as its own officer. */
export function addServiceKey(
  service: KeyService,
  publicKey: Uint8Array,
  connection: Connection,
): Promise<Receipt> {
  const { account } = service;
  const key = { kind: 'service' as const, publicKey, passkey: null };
  return submit(connection, [message(AddKey, { account, key })], [service.officerSigner]);
}

/** Suspends an organisation, as an officer of a registrar. */
export function suspendOrganisation(
  service: KeyService,
  organisation: AccountId,
  connection: Connection,
): Promise<Receipt> {
  const body = message(SuspendOrganisation, { organisation });
  return submit(connection, [body], [service.officerSigner]);
}

/** Ends a suspension, as an officer of a registrar. */
export function reinstateOrganisation(
  service: KeyService,
  organisation: AccountId,
  connection: Connection,
): Promise<Receipt> {
  const body = message(ReinstateOrganisation, { organisation });
  return submit(connection, [body], [service.officerSigner]);
}
