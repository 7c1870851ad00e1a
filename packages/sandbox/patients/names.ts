import type { Draws } from './draws.ts';

// Syllables that make names of nobody: they sound like names and are in no directory.
const STARTS = ['Ba', 'Do', 'Fe', 'Ga', 'Hi', 'Jo', 'Ka', 'Lu', 'Mi', 'Ne', 'Pa', 'Ro', 'Su', 'Ta'];
const MIDDLES = ['lu', 'ra', 'ne', 'vi', 'so', 'mi', 'do', 'ka', 'ri', 'pe', 'lo', 'na'];
const GIVEN_ENDS = {
  female: ['na', 'lia', 'ra', 'sel', 'wyn'],
  male: ['ron', 'mir', 'dan', 'tus'],
};
const FAMILY_ENDS = [
  'vanek',
  'lorin',
  'stoll',
  'brandt',
  'quell',
  'marsh',
  'thorn',
  'wick',
  'dell',
];
const PLACE_ENDS = ['burgh', 'field', 'haven', 'mere', 'stead', 'wold', 'ford'];
const STREETS = [
  'Sample Street',
  'Specimen Lane',
  'Placeholder Road',
  'Example Square',
  'Test Row',
];

/** Stands behind every generated name, so that no reader takes a story for a person's. */
export const SYNTHETIC_MARK = '(synthetic)';

export type Sex = keyof typeof GIVEN_ENDS;

export function givenName(sex: Sex, draws: Draws): string {
  return draws.pick(STARTS) + draws.pick(MIDDLES) + draws.pick(GIVEN_ENDS[sex]);
}

export function familyName(draws: Draws): string {
  return draws.pick(STARTS) + draws.pick(MIDDLES) + draws.pick(FAMILY_ENDS);
}

export function placeName(draws: Draws): string {
  return draws.pick(STARTS) + draws.pick(MIDDLES) + draws.pick(PLACE_ENDS);
}

export function streetLine(draws: Draws): string {
  return `${draws.between(1, 99)} ${draws.pick(STREETS)}`;
}

export interface PersonName {
  readonly given: string;
  readonly family: string;
}

/** FHIR HumanName with the mark where people and programs see it. */
export function humanName({ given, family }: PersonName, prefix?: string) {
  const before = prefix === undefined ? {} : { prefix: [prefix] };
  const text = [prefix, given, family, SYNTHETIC_MARK].filter((part) => part !== undefined);
  return {
    use: 'official',
    text: text.join(' '),
    family,
    given: [given],
    ...before,
    suffix: [SYNTHETIC_MARK],
  };
}
