import { billVisit } from './billing.ts';
import { type Day, dateOf, dayOf } from './calendar.ts';
import { writeAsthma } from './chapters/asthma.ts';
import { writeCheckUps } from './chapters/check-ups.ts';
import { writeDepression } from './chapters/depression.ts';
import { writeDiabetes } from './chapters/diabetes.ts';
import {
  writeAllergy,
  writeColonoscopy,
  writeInfection,
  writeInjury,
} from './chapters/episodes.ts';
import { writeHypertension } from './chapters/hypertension.ts';
import { writeImmunizations } from './chapters/immunizations.ts';
import { writePregnancy } from './chapters/pregnancy.ts';
import { Draws } from './draws.ts';
import { SYNTHETIC_MARK } from './names.ts';
import { makePerson, type PersonWish } from './person.ts';
import type { Resource } from './resource.ts';
import { Story } from './story.ts';
import { makeWorld, type World } from './world.ts';

export const PATIENTS_MAX = 10_000;

const CHAPTERS = {
  allergy: writeAllergy,
  asthma: writeAsthma,
  colonoscopy: writeColonoscopy,
  depression: writeDepression,
  diabetes: writeDiabetes,
  hypertension: writeHypertension,
  infection: writeInfection,
  injury: writeInjury,
  pregnancy: writePregnancy,
} as const satisfies { readonly [chapter: string]: (story: Story) => void };
export type Chapter = keyof typeof CHAPTERS;

/** A person who never was, with a life in FHIR R4. */
export interface GeneratedPatient {
  /** Given and family name with the mark that says what they are. */
  readonly name: string;
  /** Id of the Patient resource. */
  readonly id: string;
  readonly birthDate: string;
  /** What happens in the story beside check-ups and vaccinations. */
  readonly chapters: readonly Chapter[];
  readonly resourceCount: number;
  /** A transaction bundle, UTF-8 JSON: the same bytes for the same seed on every machine. */
  readonly bundle: Uint8Array;
}

export interface PatientOptions {
  /** At most 10,000. */
  readonly count: number;
  readonly seed: number;
  /** Day on which the stories are told, as `2026-11-22`: nothing in them is later. */
  readonly today: string;
}

interface Plot extends PersonWish {
  readonly chapters: readonly Chapter[];
}

/** The first stories of every seed, so that a few patients already show all there is. */
const FIRST_PLOTS: readonly Plot[] = [
  { sex: 'female', age: 52, chapters: ['diabetes', 'depression', 'injury'] },
  { sex: 'male', age: 61, chapters: ['hypertension', 'colonoscopy', 'infection'] },
  { sex: 'female', age: 33, chapters: ['pregnancy', 'asthma', 'allergy'] },
  { age: 9, chapters: ['asthma', 'infection', 'injury'] },
];

function choosePlot(draws: Draws): Plot {
  const sex = draws.pick(['female', 'male'] as const);
  const age = draws.between(2, 88);
  const long: readonly [Chapter, boolean][] = [
    ['diabetes', age >= 40 && draws.chance(22)],
    ['hypertension', age >= 38 && draws.chance(34)],
    ['asthma', age >= 8 && draws.chance(14)],
    ['pregnancy', sex === 'female' && age >= 25 && age <= 42 && draws.chance(35)],
    ['depression', age >= 18 && draws.chance(18)],
  ];
  const short: readonly [Chapter, boolean][] = [
    ['injury', draws.chance(35)],
    ['infection', draws.chance(60)],
    ['allergy', draws.chance(25)],
    ['colonoscopy', age >= 52 && draws.chance(40)],
  ];
  const happens = (chapters: readonly [Chapter, boolean][], max: number) =>
    chapters
      .filter(([, isChosen]) => isChosen)
      .map(([chapter]) => chapter)
      .slice(0, max);
  const illnesses = happens(long, 2);
  // The fuller a life already is, the less else happens: a story stays readable.
  return { sex, age, chapters: [...illnesses, ...happens(short, illnesses.length < 2 ? 2 : 1)] };
}

/** One entry on each line, for people who look into the file. */
function encodeBundle(resources: readonly Resource[]): Uint8Array {
  const entry = resources.map((resource) => ({
    fullUrl: `urn:uuid:${resource.id}`,
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  const lines = entry.map((one) => JSON.stringify(one)).join(',\n');
  const head = '{"resourceType":"Bundle","type":"transaction","entry":[';
  return new TextEncoder().encode(`${head}\n${lines}\n]}\n`);
}

function generatePatient(
  { seed, index }: { seed: number; index: number },
  { world, today }: { world: World; today: Day },
): GeneratedPatient {
  const draws = new Draws(`patient ${seed} ${index}`);
  const plot = FIRST_PLOTS[index] ?? choosePlot(draws);
  const person = makePerson(plot, { world, today }, draws);
  const story = new Story(person, { world, today }, billVisit, draws);
  writeImmunizations(story);
  writeCheckUps(story);
  for (const chapter of plot.chapters) CHAPTERS[chapter](story);
  const { resources } = story;
  const { given, family } = person.name;
  return {
    name: `${given} ${family} ${SYNTHETIC_MARK}`,
    id: person.patient.id,
    birthDate: dateOf(person.birthDay),
    chapters: plot.chapters,
    resourceCount: resources.length,
    bundle: encodeBundle(resources),
  };
}

/**
 * Tells the lives of people who never were, one after the other: patient n of a seed is the same
 * whatever the count.
 *
 * @example
 * for (const { name, bundle } of generatePatients({ count: 3, seed: 1, today: '2026-11-22' })) …
 */
export function* generatePatients({
  count,
  seed,
  today,
}: PatientOptions): Generator<GeneratedPatient, void, undefined> {
  if (!Number.isSafeInteger(seed)) throw new Error('a seed is a whole number');
  if (!Number.isSafeInteger(count) || count < 0 || count > PATIENTS_MAX) {
    throw new Error(`a count is a whole number up to ${PATIENTS_MAX}`);
  }
  const world = makeWorld(seed);
  const day = dayOf(today);
  for (let index = 0; index < count; index++) {
    yield generatePatient({ seed, index }, { world, today: day });
  }
}
