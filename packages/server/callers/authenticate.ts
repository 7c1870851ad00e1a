import {
  type AccountId,
  type Clock,
  type Endpoint,
  MS_PER_SECOND,
  type Realm,
  refuseProtocol,
  verifyRequest,
} from '@ward/protocol';
import type { Caller } from '../doors/door.ts';
import { refuse } from '../errors.ts';
import type { Members } from './members.ts';
import type { Nonces } from './nonces.ts';

export interface AuthenticationOptions {
  /** The organisation that runs the server: what callers sign for. */
  readonly organisation: AccountId;
  readonly realm: Realm;
  readonly clock: Clock;
  readonly nonces: Nonces;
  /** Null where no door asks for organisations. */
  readonly members: Members | null;
}

export interface PresentedRequest {
  readonly method: string;
  readonly target: string;
  /** Value of the `ward-request` header. */
  readonly header: string | undefined;
  /** The body's bytes; null for none and for a raw one. */
  readonly body: Uint8Array | null;
}

const NOBODY: Caller = { kind: 'nobody' };

/**
 * Who calls: signature, age, key and nonce are checked, in the order of what they cost.
 *
 * @throws WardError `REQUEST_*`, `CALLER_UNKNOWN`, `CALLER_MISPLACED`, and what the ledger throws.
 */
export async function authenticate(
  { signedBy }: Pick<Endpoint, 'signedBy'>,
  { method, target, header, body }: PresentedRequest,
  { organisation: audience, realm, clock, nonces, members }: AuthenticationOptions,
): Promise<Caller> {
  if (signedBy === 'nobody') return NOBODY;
  const now = Math.floor(clock.nowMs() / MS_PER_SECOND);
  const request = { audience, method, target, body };
  const { signer, nonce, time } = verifyRequest(request, { header, now }, realm);
  const isMeant = signedBy === signer.kind || signedBy === 'organisation-or-owner';
  if (!isMeant) throw refuse('CALLER_MISPLACED');
  if (signer.kind === 'owner') {
    nonces.take({ key: signer.ck, nonce, time }, now);
    return signer;
  }
  if (members === null) throw refuseProtocol('REQUEST_SIGNATURE');
  const organisation = await members.organisationOf(signer);
  nonces.take({ key: signer.publicKey, nonce, time }, now);
  return { ...signer, organisation };
}
