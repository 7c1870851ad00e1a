import { type AccountId, equalBytes, toHex } from '@ward/protocol';
import { officerAuthor } from '../../contract/author.ts';
import { refuse as refuseLedger } from '../../schema/errors.ts';
import { refuse } from './errors.ts';
import type { NetworkScope } from './needs.ts';
import { hasRight, type Right } from './roles.ts';
import type { Organisation } from './state.ts';

/**
 * The id of the registrar whose officer signs, where registrars govern.
 *
 * @throws WardError `SIGNER_ROLE`, `GOVERNED_BY_MEMBERS`.
 */
export function registrarAuthor({ signers, state }: NetworkScope): AccountId {
  const { organisation } = officerAuthor(signers);
  if (state.rules.has()) throw refuse('GOVERNED_BY_MEMBERS');
  if (!hasRight(state.organisations.get(organisation), 'register')) {
    throw refuseLedger('SIGNER_ROLE');
  }
  return organisation;
}

/**
 * The id of the member whose officer signs, where the members govern.
 *
 * @throws WardError `SIGNER_ROLE`, `GOVERNED_BY_REGISTRAR`.
 */
export function memberAuthor(right: Right, { signers, state }: NetworkScope): AccountId {
  const { organisation } = officerAuthor(signers);
  if (!state.rules.has()) throw refuse('GOVERNED_BY_REGISTRAR');
  if (!hasRight(state.organisations.get(organisation), right)) throw refuseLedger('SIGNER_ROLE');
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

/**
 * The same where the members govern, for what makes blocks.
 *
 * @throws WardError `SIGNER_ROLE`, `GOVERNED_BY_REGISTRAR`.
 */
export function checkOwnValidator(id: AccountId, scope: NetworkScope): void {
  const author = officerAuthor(scope.signers);
  if (!equalBytes(author.organisation, id)) throw refuseLedger('SIGNER_ROLE');
  if (!scope.state.rules.has()) throw refuse('GOVERNED_BY_REGISTRAR');
}
