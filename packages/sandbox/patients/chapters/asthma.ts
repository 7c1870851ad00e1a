import { diagnose, measure, perform, plan, prescribe } from '../acts.ts';
import { addYears, DAYS_PER_YEAR } from '../calendar.ts';
import {
  CONDITIONS,
  DOCUMENT_TYPES,
  ENCOUNTER_TYPES,
  MEASURES,
  MEDICATIONS,
  PLANS,
  PROCEDURES,
} from '../codes.ts';
import { writeDocument } from '../documents.ts';
import type { Reference } from '../resource.ts';
import type { Story, Visit } from '../story.ts';

/** Air in the first second, in hundredths of a litre, by age and as asthma takes of it. */
function breathe(story: Story, visit: Visit, takenPercent: number): void {
  const full = Math.min(360, 60 + 18 * story.ageOn(visit.day));
  const hundredths = Math.floor((full * (100 - takenPercent)) / 100);
  measure(story, visit, {
    ...{ what: MEASURES.fev1, value: hundredths / 100, unit: 'L', isHigh: false },
    category: 'vital-signs',
  });
}

function attack(story: Story, because: Reference, day: number): void {
  const reason = CONDITIONS.asthma;
  const type = ENCOUNTER_TYPES.emergency;
  const role = 'emergency';
  story.visit({ day, type, place: 'EMER', role, reason, cents: 48_000 }, (visit) => {
    visit.conditions.push(because);
    breathe(story, visit, 45);
    const rate = story.draws.between(96, 118);
    measure(story, visit, {
      ...{ what: MEASURES.heartRate, value: rate, unit: '/min', category: 'vital-signs' },
    });
    const lines = ['Short of breath since the morning.', 'Better after the inhaler, sent home.'];
    writeDocument(story, visit, { type: DOCUMENT_TYPES.emergencyNote, lines, because });
  });
}

/** Asthma since childhood or of late: breathing tests, inhalers, an attack now and then. */
export function writeAsthma(story: Story): void {
  const { draws, today, person } = story;
  const sixth = addYears(person.birthDay, 6) + draws.between(0, 200);
  const onset = Math.max(sixth, today - draws.between(4, 9) * DAYS_PER_YEAR);
  let because: Reference | undefined;
  story.visit({ day: onset, type: ENCOUNTER_TYPES.symptom, cents: 12_000 }, (visit) => {
    because = diagnose(story, visit, { what: CONDITIONS.asthma });
    perform(story, visit, { what: PROCEDURES.spirometry, because, cents: 8000 });
    breathe(story, visit, 28);
    const inhaler = { because, isActive: true, isDispensed: true, cents: 5400 };
    const dose = 'Two puffs when short of breath';
    prescribe(story, visit, { ...inhaler, what: MEDICATIONS.albuterol, dose });
    const goal = 'No attack that wakes at night';
    plan(story, visit, { what: PLANS.asthma, because, goal });
  });
  if (because === undefined) return;
  attack(story, because, onset + draws.between(200, 500));
  const day = onset + draws.between(520, 600);
  story.visit({ day, type: ENCOUNTER_TYPES.followUp, cents: 9500 }, (visit) => {
    visit.conditions.push(because!);
    breathe(story, visit, 12);
    prescribe(story, visit, {
      ...{ what: MEDICATIONS.fluticasone, isActive: true, isDispensed: true, cents: 7200 },
      because: because!,
      dose: 'Two puffs in the morning and in the evening',
    });
  });
}
