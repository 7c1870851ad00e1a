import { diagnose, plan, prescribe } from '../acts.ts';
import { DAYS_PER_YEAR } from '../calendar.ts';
import { CONDITIONS, ENCOUNTER_TYPES, MEDICATIONS, PLANS } from '../codes.ts';
import type { Reference } from '../resource.ts';
import type { Story } from '../story.ts';
import { measurePressure } from './check-ups.ts';

const FOLLOW_UPS = 3;
const FOLLOW_UP_DAYS = 90;

/** High blood pressure: three readings too high, then tablets, then lower readings. */
export function writeHypertension(story: Story): void {
  const { draws, today } = story;
  const onset = today - draws.between(2, 7) * DAYS_PER_YEAR - draws.between(0, 300);
  let systolic = draws.between(152, 172);
  let because: Reference | undefined;
  story.visit({ day: onset, type: ENCOUNTER_TYPES.symptom, cents: 11_000 }, (visit) => {
    measurePressure(story, visit, systolic);
    measurePressure(story, visit, systolic - draws.between(1, 6));
    because = diagnose(story, visit, { what: CONDITIONS.hypertension });
    prescribe(story, visit, {
      ...{ what: MEDICATIONS.lisinopril, because, isActive: true, isDispensed: true, cents: 1500 },
      dose: 'One tablet each morning',
    });
    const goal = 'Blood pressure below 130 over 80';
    plan(story, visit, { what: PLANS.hypertension, because, goal });
  });
  for (let n = 1; n <= FOLLOW_UPS; n++) {
    const day = onset + n * FOLLOW_UP_DAYS + draws.between(-14, 14);
    story.visit({ day, type: ENCOUNTER_TYPES.followUp, cents: 9000 }, (visit) => {
      visit.conditions.push(because!);
      systolic = Math.max(122, systolic - draws.between(5, 12));
      measurePressure(story, visit, systolic);
      if (n !== 1 || systolic < 150) return;
      prescribe(story, visit, {
        ...{ what: MEDICATIONS.amlodipine, isActive: true, isDispensed: true, cents: 1400 },
        because: because!,
        dose: 'One tablet each evening',
      });
    });
  }
}
