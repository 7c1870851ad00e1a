import { addYears, DAYS_PER_YEAR, type Day, dateOf, yearsBetween } from './calendar.ts';
import { hl7 } from './codes.ts';
import type { Draws } from './draws.ts';
import {
  familyName,
  givenName,
  humanName,
  type PersonName,
  placeName,
  type Sex,
  streetLine,
} from './names.ts';
import { markedResource, type Resource, referenceTo } from './resource.ts';
import type { World } from './world.ts';

/** What is fixed about a person before the story begins. */
export interface Person {
  readonly sex: Sex;
  readonly birthDay: Day;
  readonly name: PersonName;
  readonly patient: Resource;
  readonly coverage: Resource;
  /** Height of the grown person, and weight at the start of the records. */
  readonly heightCm: number;
  readonly weightKg: number;
  readonly smoked: boolean;
}

/** What a story asks of its person; the rest comes by lot. */
export interface PersonWish {
  readonly sex?: Sex;
  /** Age in years on the day on which the records end. */
  readonly age: number;
}

/** Demographics of a person who never was. */
export function makePerson(
  wish: PersonWish,
  { today, world }: { readonly today: Day; readonly world: World },
  draws: Draws,
): Person {
  const sex = wish.sex ?? draws.pick(['female', 'male'] as const);
  const birthDay = addYears(today, -wish.age) - draws.between(1, DAYS_PER_YEAR - 2);
  const name = { given: givenName(sex, draws), family: familyName(draws) };
  const patient = patientResource({ sex, birthDay, name }, draws);
  const coverage = coverageResource({ patient, world, birthDay, today }, draws);
  const heightCm = sex === 'female' ? draws.between(154, 177) : draws.between(166, 191);
  return {
    ...{ sex, birthDay, name, patient, coverage, heightCm },
    weightKg: Math.floor((heightCm * heightCm * draws.between(21, 31)) / 10_000),
    smoked: draws.chance(30) && yearsBetween({ from: birthDay, to: today }) >= 25,
  };
}

function patientResource(
  { sex, birthDay, name }: Pick<Person, 'sex' | 'birthDay' | 'name'>,
  draws: Draws,
): Resource {
  const recordNumber = { coding: hl7('v2-0203', 'MR').coding };
  const city = placeName(draws);
  const local = `${name.given}.${name.family}`.toLowerCase();
  return markedResource('Patient', draws.uuid(), {
    identifier: [
      {
        type: recordNumber,
        // An arc for examples: ISO's 2.999 belongs to nobody.
        system: 'urn:oid:2.999.1.2',
        value: `SYN-${draws.between(10_000_000, 99_999_999)}`,
      },
    ],
    active: true,
    name: [humanName(name)],
    telecom: [
      { system: 'phone', value: `+1 555 0${draws.between(100, 199)}`, use: 'home' },
      { system: 'email', value: `${local}.${draws.between(10, 99)}@example.org` },
    ],
    gender: sex,
    birthDate: dateOf(birthDay),
    address: [
      {
        use: 'home',
        line: [streetLine(draws)],
        city,
        postalCode: `00${draws.between(100, 499)}`,
        country: 'US',
      },
    ],
    communication: [
      { language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en' }] }, preferred: true },
    ],
  });
}

/** The plan that pays began so many years ago, or at birth. */
const COVERAGE_YEARS = 12;

interface Days {
  readonly birthDay: Day;
  readonly today: Day;
}

function coverageResource(
  { patient, world, birthDay, today }: { patient: Resource; world: World } & Days,
  draws: Draws,
): Resource {
  return markedResource('Coverage', draws.uuid(), {
    status: 'active',
    subscriberId: `SYN-C-${draws.between(1_000_000, 9_999_999)}`,
    beneficiary: referenceTo(patient),
    period: { start: dateOf(Math.max(birthDay, addYears(today, -COVERAGE_YEARS))) },
    payor: [referenceTo(world.payer)],
  });
}
