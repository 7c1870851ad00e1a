import { type AccountId, equalBytes, toHex } from '@ward/protocol';
import { officerAuthor } from '../../contract/author.ts';
import { refuse as refuseLedger } from '../../schema/errors.ts';
import { refuse } from './errors.ts';
import type { NetworkScope } from './needs.ts';
import type { Organisation } from './state.ts';

/**
 * The id of the registrar whose officer signs.
 *
 * @throws WardError `SIGNER_ROLE`.
 */
export function registrarAuthor({ signers, state }: NetworkScope): AccountId {
  const { organisation } = officerAuthor(signers);
  // That it is active was checked with the signature.
  const roles = state.organisations.get(organisation)?.roles ?? [];
  if (!roles.includes('registrar')) throw refuseLedger('SIGNER_ROLE');
  return organisation;
}

/** @throws WardError `ORGANISATION_UNKNOWN`. */
export function knownOrganisation(id: AccountId, { state }: NetworkScope): Organisation {
  const organisation = state.organisations.get(id);
  if (organisation === null) throw refuse('ORGANISATION_UNKNOWN', { organisation: toHex(id) });
  return organisation;
}

/**
 * The organisation whose own officer signs.
 *
 * @throws WardError `SIGNER_ROLE`, `ORGANISATION_UNKNOWN`.
 */
export function ownOrganisation(id: AccountId, scope: NetworkScope): Organisation {
  const author = officerAuthor(scope.signers);
  if (!equalBytes(author.organisation, id)) throw refuseLedger('SIGNER_ROLE');
  return knownOrganisation(id, scope);
}
