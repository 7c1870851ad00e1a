import { diagnose, measure, plan, prescribe, reportLaboratory } from '../acts.ts';
import { DAYS_PER_YEAR } from '../calendar.ts';
import {
  CONDITIONS,
  DOCUMENT_TYPES,
  ENCOUNTER_TYPES,
  MEASURES,
  MEDICATIONS,
  PLANS,
} from '../codes.ts';
import { writeDocument } from '../documents.ts';
import type { Reference } from '../resource.ts';
import type { Story, Visit } from '../story.ts';

const FOLLOW_UPS = 3;
const FOLLOW_UP_DAYS = 110;
/** Haemoglobin A1c, in tenths of a percent, at which diabetes begins. */
const HIGH_TENTHS = 65;

function reportSugar(story: Story, visit: Visit, hba1cTenths: number): void {
  // The average glucose that goes with an A1c: 28.7 times it less 46.7, in whole numbers.
  const glucose = Math.floor((287 * hba1cTenths - 4670) / 100) + story.draws.between(-8, 8);
  const isHigh = hba1cTenths >= HIGH_TENTHS;
  reportLaboratory(story, visit, {
    what: MEASURES.hba1c,
    values: [
      { what: MEASURES.hba1c, value: hba1cTenths / 10, unit: '%', isHigh },
      { what: MEASURES.glucose, value: glucose, unit: 'mg/dL', isHigh: glucose >= 126 },
      { what: MEASURES.creatinine, value: story.draws.between(7, 12) / 10, unit: 'mg/dL' },
    ],
    cents: 5200,
  });
}

function takeMetformin(story: Story, visit: Visit, because: Reference, isActive: boolean): void {
  prescribe(story, visit, {
    ...{ what: MEDICATIONS.metformin, because, isActive, isDispensed: true, cents: 1800 },
    dose: 'One tablet twice a day with a meal',
  });
}

/** Diabetes of type 2: found by a high A1c, which falls in the months after metformin begins. */
export function writeDiabetes(story: Story): void {
  const { draws, today } = story;
  const onset = today - draws.between(2, 6) * DAYS_PER_YEAR - draws.between(0, 200);
  let tenths = draws.between(82, 104);
  let because: Reference | undefined;
  story.visit({ day: onset, type: ENCOUNTER_TYPES.symptom, cents: 13_500 }, (visit) => {
    because = diagnose(story, visit, { what: CONDITIONS.diabetes });
    reportSugar(story, visit, tenths);
    takeMetformin(story, visit, because, false);
    const goal = 'Haemoglobin A1c below 7 percent';
    plan(story, visit, { what: PLANS.diabetes, because, goal });
  });
  for (let n = 1; n <= FOLLOW_UPS; n++) {
    const day = onset + n * FOLLOW_UP_DAYS + draws.between(-10, 10);
    story.visit({ day, type: ENCOUNTER_TYPES.followUp, cents: 9800 }, (visit) => {
      visit.conditions.push(because!);
      tenths = Math.max(59, tenths - draws.between(6, 11));
      reportSugar(story, visit, tenths);
      const weight = story.person.weightKg - n;
      measure(story, visit, {
        ...{ what: MEASURES.weight, value: weight, unit: 'kg', category: 'vital-signs' },
      });
      if (n < FOLLOW_UPS) return;
      takeMetformin(story, visit, because!, true);
      const lines = [`A1c is ${tenths / 10} percent and falls.`, 'Metformin goes on.'];
      writeDocument(story, visit, { type: DOCUMENT_TYPES.progressNote, lines, because: because! });
    });
  }
}
