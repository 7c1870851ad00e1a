import { diagnose, find, measure, perform } from '../acts.ts';
import { DAYS_PER_YEAR, dateOf } from '../calendar.ts';
import {
  ANSWERS,
  CONDITIONS,
  DOCUMENT_TYPES,
  ENCOUNTER_TYPES,
  MEASURES,
  PROCEDURES,
} from '../codes.ts';
import { takeImages, writeDocument } from '../documents.ts';
import type { Reference } from '../resource.ts';
import type { Story, Visit } from '../story.ts';
import { measurePressure } from './check-ups.ts';

const WEEK = 7;
/** Weeks at which the pregnancy is looked after; the first finds it. */
const VISIT_WEEKS = [8, 20, 30, 36];

function findPregnancy(story: Story, visit: Visit, birthDay: number): Reference {
  const { positive } = ANSWERS;
  find(story, visit, { what: MEASURES.pregnancyTest, answer: positive, category: 'laboratory' });
  const isOver = birthDay < story.today;
  const end = isOver ? { endDate: dateOf(birthDay) } : {};
  return diagnose(story, visit, { what: CONDITIONS.pregnancy, ...end });
}

/** A pregnancy: found, looked after with ultrasound, and the birth unless it is still to come. */
export function writePregnancy(story: Story): void {
  const { draws, today } = story;
  const start = today - draws.between(1, 5) * DAYS_PER_YEAR - draws.between(0, 200);
  const birthDay = start + 39 * WEEK + draws.between(-6, 8);
  const role = 'obstetrics';
  let because: Reference | undefined;
  for (const week of VISIT_WEEKS) {
    const day = start + week * WEEK + draws.between(-2, 2);
    story.visit({ day, type: ENCOUNTER_TYPES.prenatal, role, cents: 11_500 }, (visit) => {
      if (because === undefined) because = findPregnancy(story, visit, birthDay);
      else visit.conditions.push(because);
      measure(story, visit, {
        ...{ what: MEASURES.gestationWeeks, value: week, unit: 'wk', category: 'vital-signs' },
      });
      measurePressure(story, visit, draws.between(104, 124));
      if (week !== 20) return;
      const conclusion = 'One child, grown as expected for 20 weeks.';
      const shows = 'Ultrasound of the pregnancy';
      takeImages(story, visit, {
        ...{ modality: 'US', shows, conclusion, because: because!, cents: 21_000 },
      });
    });
  }
  if (because === undefined) return;
  const stay = { day: birthDay, type: ENCOUNTER_TYPES.birth, place: 'IMP', role } as const;
  story.visit({ ...stay, reason: CONDITIONS.pregnancy, cents: 310_000 }, (visit) => {
    visit.conditions.push(because!);
    perform(story, visit, { what: PROCEDURES.birth, because: because!, cents: 480_000 });
    const lines = ['Birth without complications.', 'Mother and child went home after two days.'];
    writeDocument(story, visit, { type: DOCUMENT_TYPES.summary, lines, because: because! });
  });
}
