import {
  find,
  type Measurement,
  measure,
  measureParts,
  reportLaboratory,
  vaccinate,
} from '../acts.ts';
import { addYears, DAYS_PER_YEAR, type Day } from '../calendar.ts';
import { ANSWERS, ENCOUNTER_TYPES, MEASURES, PANELS, VACCINES } from '../codes.ts';
import type { Story, Visit } from '../story.ts';

/** Years of a grown person's check-ups that the records hold, one visit every second year. */
const ADULT_YEARS = 6;
const ADULT_EVERY = 2;
const ADULT_AGE = 18;
/** Check-ups of a childhood longer ago stayed on paper. */
const CHILD_YEARS = 14;
/** Ages in years at which a child is seen after the first birthday. */
const CHILD_AGES = [2, 4, 6, 9, 11, 13, 16];

/** Height in centimetres and weight in kilograms of a child at each full year of age. */
const CHILD_HEIGHTS = [50, 75, 87, 95, 102, 109, 115, 121, 127, 132, 138, 144, 150, 157, 163, 167];
const CHILD_WEIGHTS = [4, 9, 12, 14, 16, 18, 21, 23, 26, 29, 32, 36, 41, 46, 51, 55];

function sizeOf(story: Story, age: number): { heightCm: number; weightKg: number } {
  const { heightCm, weightKg } = story.person;
  if (age >= ADULT_AGE) return { heightCm, weightKg: weightKg + story.draws.between(-3, 3) };
  const year = Math.min(age, CHILD_HEIGHTS.length - 1);
  return {
    heightCm: CHILD_HEIGHTS[year]! + story.draws.between(-2, 2),
    weightKg: CHILD_WEIGHTS[year]! + story.draws.between(0, 2),
  };
}

/** Systolic and diastolic pressure as one observation. */
export function measurePressure(story: Story, visit: Visit, systolic: number): void {
  const diastolic = Math.floor(systolic / 2) + story.draws.between(14, 20);
  measureParts(story, visit, {
    what: MEASURES.bloodPressure,
    parts: [
      { what: MEASURES.systolic, value: systolic, unit: 'mm[Hg]' },
      { what: MEASURES.diastolic, value: diastolic, unit: 'mm[Hg]' },
    ],
  });
}

function measureBody(story: Story, visit: Visit): void {
  const age = story.ageOn(visit.day);
  const { heightCm, weightKg } = sizeOf(story, age);
  const category = 'vital-signs';
  measure(story, visit, { what: MEASURES.height, value: heightCm, unit: 'cm', category });
  measure(story, visit, { what: MEASURES.weight, value: weightKg, unit: 'kg', category });
  if (age < ADULT_AGE) return;
  const tenths = Math.floor((weightKg * 100_000) / (heightCm * heightCm));
  measure(story, visit, { what: MEASURES.bmi, value: tenths / 10, unit: 'kg/m2', category });
  measurePressure(story, visit, story.draws.between(110, 132));
  const rate = story.draws.between(58, 84);
  measure(story, visit, { what: MEASURES.heartRate, value: rate, unit: '/min', category });
}

function reportLipids(story: Story, visit: Visit): void {
  const hdl = story.draws.between(38, 70);
  const ldl = story.draws.between(80, 160);
  const triglycerides = story.draws.between(70, 190);
  const total = hdl + ldl + Math.floor(triglycerides / 5);
  const values: Measurement[] = [
    { what: MEASURES.cholesterol, value: total, unit: 'mg/dL', isHigh: total >= 200 },
    { what: MEASURES.hdl, value: hdl, unit: 'mg/dL' },
    { what: MEASURES.ldl, value: ldl, unit: 'mg/dL', isHigh: ldl >= 130 },
    { what: MEASURES.triglycerides, value: triglycerides, unit: 'mg/dL' },
  ];
  reportLaboratory(story, visit, { what: PANELS.lipids, values, cents: 4200 });
}

function checkUp(story: Story, day: Day, isLong: boolean): void {
  story.visit({ day, type: ENCOUNTER_TYPES.checkUp, cents: 12_500 }, (visit) => {
    measureBody(story, visit);
    if (story.ageOn(day) < ADULT_AGE) return;
    if (isLong) {
      const answer = story.person.smoked ? ANSWERS.formerSmoker : ANSWERS.neverSmoked;
      find(story, visit, { what: MEASURES.smoking, answer, category: 'social-history' });
      reportLipids(story, visit);
    }
    vaccinate(story, visit, VACCINES.flu);
  });
}

/** Check-ups: as a child at set ages, as a grown person every second year of late. */
export function writeCheckUps(story: Story): void {
  const { person, today, draws } = story;
  for (const age of CHILD_AGES) {
    const day = addYears(person.birthDay, age) + draws.between(3, 40);
    if (today - day < CHILD_YEARS * DAYS_PER_YEAR) checkUp(story, day, false);
  }
  const first = today - ADULT_YEARS * DAYS_PER_YEAR - draws.between(1, 300);
  for (let visit = 0; visit <= ADULT_YEARS / ADULT_EVERY; visit++) {
    const day = first + visit * ADULT_EVERY * DAYS_PER_YEAR;
    if (story.ageOn(day) >= ADULT_AGE) checkUp(story, day, visit % 3 === 0);
  }
}
