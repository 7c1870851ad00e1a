import {
  BondStake,
  type Receipt,
  RegisterValidator,
  signValidatorKey,
  UnbondStake,
  UnjailValidator,
} from '@ward/ledger/schema';
import type { Ed25519KeyPair } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { message } from '../connection/submit.ts';
import type { KeyService } from '../key-service/key-service.ts';
import { submitAsMember } from './propose.ts';

/**
 * Says with which key the organisation signs blocks, as its own officer. A later key takes the
 * place of an earlier one; blocks are made with it once the members approved the validator.
 *
 * @param keyPair The key of the node: it signs that it is this organisation's.
 * @throws WardError `VALIDATOR_KEY_TAKEN`, `RIGHT_MISSING`, `GOVERNED_BY_REGISTRAR`.
 */
export function registerValidator(
  service: KeyService,
  keyPair: Ed25519KeyPair,
  connection: Connection,
): Promise<Receipt> {
  const { account: organisation } = service;
  const signed = signValidatorKey(organisation, keyPair, connection.realm);
  const body = message(RegisterValidator, { organisation, ...signed });
  return submitAsMember(connection, [body], service);
}

/**
 * Ends a jail for absence whose time has passed, as the own officer.
 *
 * @throws WardError `VALIDATOR_UNKNOWN`, `VALIDATOR_FREE`, `VALIDATOR_JAILED`.
 */
export function unjailValidator(service: KeyService, connection: Connection): Promise<Receipt> {
  const body = message(UnjailValidator, { organisation: service.account });
  return submitAsMember(connection, [body], service);
}

/**
 * Puts free stake behind the own validator.
 *
 * @param amount In minor units.
 * @throws WardError `STAKE_UNUSED`, `STAKE_SHORT`.
 */
export function bondStake(
  service: KeyService,
  amount: number,
  connection: Connection,
): Promise<Receipt> {
  const body = message(BondStake, { organisation: service.account, amount });
  return submitAsMember(connection, [body], service);
}

/**
 * Takes stake back; it is free when the time of unbonding has passed.
 *
 * @param amount In minor units.
 * @throws WardError `STAKE_SHORT`, `UNBONDINGS_FULL`.
 */
export function unbondStake(
  service: KeyService,
  amount: number,
  connection: Connection,
): Promise<Receipt> {
  const body = message(UnbondStake, { organisation: service.account, amount });
  return submitAsMember(connection, [body], service);
}
