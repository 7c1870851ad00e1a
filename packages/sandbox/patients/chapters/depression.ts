import { diagnose, measure, perform, prescribe } from '../acts.ts';
import { DAYS_PER_YEAR } from '../calendar.ts';
import {
  CONDITIONS,
  DOCUMENT_TYPES,
  ENCOUNTER_TYPES,
  MEASURES,
  MEDICATIONS,
  PROCEDURES,
} from '../codes.ts';
import { writeDocument } from '../documents.ts';
import type { Reference } from '../resource.ts';
import type { Story, Visit } from '../story.ts';

const SESSIONS = 3;
const SESSION_DAYS = 35;
const role = 'psychiatry';

function ask(story: Story, visit: Visit, score: number): void {
  measure(story, visit, {
    ...{ what: MEASURES.phq9, value: score, unit: '{score}', isHigh: score >= 10 },
    category: 'survey',
  });
}

function takeSertraline(story: Story, visit: Visit, because: Reference, isActive: boolean): void {
  prescribe(story, visit, {
    ...{ what: MEDICATIONS.sertraline, because, isActive, isDispensed: true, cents: 2100 },
    dose: 'One tablet each morning',
  });
}

/** Depression: a high score, tablets and talking, and a score that falls. Labelled psychiatry. */
export function writeDepression(story: Story): void {
  const { draws, today } = story;
  const onset = today - draws.between(1, 4) * DAYS_PER_YEAR - draws.between(0, 200);
  let score = draws.between(15, 21);
  let because: Reference | undefined;
  const reason = CONDITIONS.depression;
  story.visit(
    { day: onset, type: ENCOUNTER_TYPES.symptom, role, reason, cents: 18_000 },
    (visit) => {
      because = diagnose(story, visit, { what: CONDITIONS.depression });
      ask(story, visit, score);
      takeSertraline(story, visit, because, false);
    },
  );
  for (let n = 1; n <= SESSIONS; n++) {
    const day = onset + n * SESSION_DAYS + draws.between(-5, 5);
    const cents = 14_000;
    story.visit({ day, type: ENCOUNTER_TYPES.followUp, role, reason, cents }, (visit) => {
      visit.conditions.push(because!);
      perform(story, visit, {
        ...{ what: PROCEDURES.behaviouralTherapy, because: because!, cents: 12_000 },
      });
      score = Math.max(3, score - draws.between(3, 6));
      ask(story, visit, score);
      if (n < SESSIONS) return;
      takeSertraline(story, visit, because!, true);
      const lines = [`The score is ${score}, and was higher.`, 'Sleeps through, works again.'];
      writeDocument(story, visit, { type: DOCUMENT_TYPES.progressNote, lines, because: because! });
    });
  }
}
