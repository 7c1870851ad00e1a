import { field } from '@ward/protocol';

export const ROLES = [
  'association',
  'laboratory',
  'manufacturer',
  'payer',
  'pharmacy',
  'provider',
  'registrar',
  'regulator',
  'researcher',
] as const;
export type Role = (typeof ROLES)[number];

/**
 * What an active organisation may do for the whole network: decide alone where a registrar governs
 * (`register`); where the members govern, make proposals and open first accounts of newcomers
 * (`propose`), vote (`vote`) and make blocks (`validate`).
 */
export const RIGHTS = ['register', 'propose', 'vote', 'validate'] as const;
export type Right = (typeof RIGHTS)[number];

/** Who may do what. A regulator watches over what others decide, and so does not decide it. */
const ROLE_RIGHTS: { readonly [R in Role]: readonly Right[] } = {
  association: ['propose', 'vote', 'validate'],
  laboratory: ['propose', 'vote', 'validate'],
  manufacturer: ['propose', 'vote', 'validate'],
  payer: ['propose', 'vote', 'validate'],
  pharmacy: ['propose', 'vote', 'validate'],
  provider: ['propose', 'vote', 'validate'],
  registrar: ['register', 'propose', 'vote', 'validate'],
  regulator: ['propose'],
  researcher: ['propose', 'vote', 'validate'],
};

export const rolesField = field.list(field.word(ROLES), { max: ROLES.length });

/** At least one role, each once. */
export function hasWholeRoles(roles: readonly Role[]): boolean {
  return roles.length > 0 && new Set(roles).size === roles.length;
}

/** An organisation, as far as its rights go. */
export interface RightHolder {
  readonly roles: readonly Role[];
  readonly status: 'active' | 'suspended';
}

/** Whether an organisation has a right through one of its roles; one that is suspended has none. */
export function hasRight(organisation: RightHolder | null, right: Right): boolean {
  if (organisation?.status !== 'active') return false;
  return organisation.roles.some((role) => ROLE_RIGHTS[role].includes(right));
}
