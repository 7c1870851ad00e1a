import { type AccountId, compareBytes, equalBytes, toHex } from '@ward/protocol';
import { refuse as refuseLedger } from '../../schema/errors.ts';
import { LEDGER_LIMITS } from '../../schema/limits.ts';
import { knownOrganisation } from './authors.ts';
import { refreshValidators } from './choose-validators.ts';
import { refuse } from './errors.ts';
import { OrganisationAdmitted, OrganisationReinstated, OrganisationSuspended } from './events.ts';
import type { AdmitOrganisation } from './messages.ts';
import type { NetworkScope } from './needs.ts';
import { proposalNumber } from './proposal.ts';
import { hasRight, hasWholeRoles } from './roles.ts';
import type { Organisation } from './state.ts';

// What registrars and members decide of organisations is the same; only who decides is not.

/** @throws WardError where the organisation cannot be a member, or is one. */
export function checkAdmission(
  { organisation: id, roles }: AdmitOrganisation,
  scope: NetworkScope,
): void {
  const { state, needs } = scope;
  const organisation = toHex(id);
  if (state.organisations.has(id)) throw refuse('ORGANISATION_TAKEN', { organisation });
  const account = needs.identity.account(id);
  if (account === null || !equalBytes(account.organisation, id)) {
    throw refuse('ORGANISATION_WITHOUT_ACCOUNT', { organisation });
  }
  if (!hasWholeRoles(roles)) throw refuse('ROLES_INVALID');
  const max = LEDGER_LIMITS.organisationsMax;
  if (listed(scope).length >= max) throw refuse('DIRECTORY_FULL', { max });
}

export function applyAdmission(
  { organisation: id, roles, name, endpoints, sealingKey, custodian }: AdmitOrganisation,
  scope: NetworkScope,
): void {
  const said = { name, roles, endpoints, sealingKey, custodian };
  putOrganisation({ ...said, status: 'active', successor: null }, id, scope);
  const organisations = [...listed(scope), id].sort(compareBytes);
  scope.state.directory.put({ organisations });
  scope.emit(OrganisationAdmitted, { organisation: id });
}

function listed({ state }: NetworkScope): readonly AccountId[] {
  return state.directory.get()?.organisations ?? [];
}

/** @throws WardError where there is nothing to suspend. */
export function checkSuspension(id: AccountId, scope: NetworkScope): void {
  if (knownOrganisation(id, scope).status === 'suspended') {
    throw refuseLedger('ORGANISATION_SUSPENDED', { organisation: toHex(id) });
  }
}

export function applySuspension(id: AccountId, scope: NetworkScope): void {
  putOrganisation({ ...knownOrganisation(id, scope), status: 'suspended' }, id, scope);
  scope.emit(OrganisationSuspended, { organisation: id });
}

/** @throws WardError where no suspension is to end. */
export function checkReinstatement(id: AccountId, scope: NetworkScope): void {
  if (knownOrganisation(id, scope).status === 'active') {
    throw refuse('ORGANISATION_ACTIVE', { organisation: toHex(id) });
  }
}

export function applyReinstatement(id: AccountId, scope: NetworkScope): void {
  putOrganisation({ ...knownOrganisation(id, scope), status: 'active' }, id, scope);
  scope.emit(OrganisationReinstated, { organisation: id });
}

/**
 * Whether the members could not decide anything any more if an organisation were like this.
 *
 * @throws WardError `VOTER_LAST`.
 */
export function checkVoters(id: AccountId, after: Organisation, { state }: NetworkScope): void {
  const isVoter = hasRight(state.organisations.get(id), 'vote');
  const isLast = isVoter && state.agenda.get()?.voters === 1;
  if (isLast && !hasRight(after, 'vote')) throw refuse('VOTER_LAST');
}

/** Writes an organisation whose roles or status may be others now, and what depends on them. */
export function putOrganisation(after: Organisation, id: AccountId, scope: NetworkScope): void {
  const before = scope.state.organisations.get(id);
  scope.state.organisations.put(after, id);
  if (!scope.state.rules.has()) return;
  const [had, has] = [hasRight(before, 'vote'), hasRight(after, 'vote')];
  if (had !== has) countVoter(id, has ? 1 : -1, scope);
  if (hasRight(before, 'validate') !== hasRight(after, 'validate')) refreshValidators(scope);
}

/** Votes that are cast count as long as the organisation may vote. */
function countVoter(id: AccountId, change: 1 | -1, { state }: NetworkScope): void {
  const agenda = state.agenda.get()!;
  state.agenda.put({ ...agenda, voters: agenda.voters + change });
  for (const number of agenda.open) {
    const key = proposalNumber(number);
    const vote = state.votes.get(key, id);
    if (vote === null) continue;
    const proposal = state.proposals.get(key)!;
    state.proposals.put({ ...proposal, [vote.choice]: proposal[vote.choice] + change }, key);
  }
}
