import { hl7 } from './codes.ts';
import { Draws } from './draws.ts';
import { familyName, givenName, humanName, placeName, streetLine } from './names.ts';
import { markedResource, type Resource } from './resource.ts';

/** Organisations and practitioners that all patients of one seed share. */
export interface World {
  readonly hospital: Resource;
  readonly clinic: Resource;
  readonly laboratory: Resource;
  readonly pharmacy: Resource;
  readonly payer: Resource;
  readonly practitioners: { readonly [role in PractitionerRole]: Resource };
}

export const PRACTITIONER_ROLES = [
  ...(['family', 'emergency', 'radiology', 'obstetrics', 'psychiatry', 'surgery'] as const),
] as const;
export type PractitionerRole = (typeof PRACTITIONER_ROLES)[number];

function organisation(draws: Draws, { kind, words }: { kind: string; words: string }): Resource {
  return markedResource('Organization', draws.uuid(), {
    active: true,
    type: [hl7('organization-type', kind)],
    name: `${placeName(draws)} ${words}`,
    telecom: [{ system: 'phone', value: `+1 555 01${draws.between(10, 99)}`, use: 'work' }],
    address: [{ line: [streetLine(draws)], city: placeName(draws), country: 'US' }],
  });
}

function practitioner(draws: Draws, role: PractitionerRole): Resource {
  const sex = draws.pick(['female', 'male'] as const);
  const name = { given: givenName(sex, draws), family: familyName(draws) };
  return markedResource('Practitioner', draws.uuid(), {
    identifier: [
      { system: 'urn:oid:2.999.1.1', value: `SYN-P-${draws.between(100_000, 999_999)}` },
    ],
    active: true,
    name: [humanName(name, 'Dr.')],
    gender: sex,
    qualification: [{ code: { text: `Practitioner of ${role} medicine, invented` } }],
  });
}

/** The organisations and practitioners of a seed. */
export function makeWorld(seed: number): World {
  const draws = new Draws(`world ${seed}`);
  const practitioners = PRACTITIONER_ROLES.map(
    (role) => [role, practitioner(draws, role)] as const,
  );
  return {
    hospital: organisation(draws, { kind: 'prov', words: 'Hospital' }),
    clinic: organisation(draws, { kind: 'prov', words: 'Family Clinic' }),
    laboratory: organisation(draws, { kind: 'prov', words: 'Laboratory' }),
    pharmacy: organisation(draws, { kind: 'prov', words: 'Pharmacy' }),
    payer: organisation(draws, { kind: 'pay', words: 'Health Plan' }),
    practitioners: Object.fromEntries(practitioners) as World['practitioners'],
  };
}
