import { diagnose, measure, perform, prescribe } from '../acts.ts';
import { DAYS_PER_YEAR, dateOf } from '../calendar.ts';
import {
  ALLERGIES,
  CONDITIONS,
  DOCUMENT_TYPES,
  ENCOUNTER_TYPES,
  hl7,
  MEASURES,
  MEDICATIONS,
  PROCEDURES,
} from '../codes.ts';
import { takeImages, writeDocument } from '../documents.ts';
import { type Story, type Visit, visitDate } from '../story.ts';

/** A day within the last years of the story, and after the second birthday. */
function someDay({ draws, today, person }: Story, years: number): number {
  const first = Math.max(person.birthDay + 2 * DAYS_PER_YEAR, today - years * DAYS_PER_YEAR);
  return draws.between(Math.min(first, today - 30), today - 30);
}

/** Last day of something that lasted so many days, never one to come. */
function endOf({ today }: Story, { day }: Visit, days: number) {
  return { endDate: dateOf(Math.min(day + days, today - 1)) };
}

const INFECTIONS = [
  { what: CONDITIONS.sinusitis, days: 14, drug: undefined },
  { what: CONDITIONS.soreThroat, days: 8, drug: MEDICATIONS.amoxicillin },
  { what: CONDITIONS.bronchitis, days: 12, drug: MEDICATIONS.acetaminophen },
] as const;

/** An infection that passes. */
export function writeInfection(story: Story): void {
  const { what, days, drug } = story.draws.pick(INFECTIONS);
  const day = someDay(story, 6);
  const type = ENCOUNTER_TYPES.symptom;
  story.visit({ day, type, reason: what, cents: 9900 }, (visit) => {
    const because = diagnose(story, visit, { what, ...endOf(story, visit, days) });
    const tenths = story.draws.between(372, 392);
    measure(story, visit, {
      ...{ what: MEASURES.temperature, value: tenths / 10, unit: 'Cel', isHigh: tenths >= 380 },
      category: 'vital-signs',
    });
    if (drug === undefined) return;
    const dose = 'One three times a day for a week';
    const rest = { because, isActive: false, isDispensed: true, cents: 1200 };
    prescribe(story, visit, { ...rest, what: drug, dose });
  });
}

const INJURIES = [
  {
    ...{ what: CONDITIONS.wristFracture, days: 60, remedy: PROCEDURES.immobilisation },
    shows: 'X-ray of the wrist',
    conclusion: 'Break of the radius near the wrist, not displaced.',
  },
  {
    ...{ what: CONDITIONS.ankleSprain, days: 21, remedy: undefined },
    shows: 'X-ray of the ankle',
    conclusion: 'No break.',
  },
  { what: CONDITIONS.forearmCut, days: 12, remedy: PROCEDURES.suture, shows: undefined },
] as const;

/** An injury and the emergency department that sees to it. */
export function writeInjury(story: Story): void {
  const injury = story.draws.pick(INJURIES);
  const { what, days, remedy } = injury;
  const day = someDay(story, 8);
  const type = ENCOUNTER_TYPES.emergency;
  const options = { day, type, place: 'EMER', role: 'emergency', reason: what } as const;
  story.visit({ ...options, cents: 52_000 }, (visit) => {
    const because = diagnose(story, visit, { what, ...endOf(story, visit, days) });
    if (injury.shows !== undefined) {
      const { shows, conclusion } = injury;
      takeImages(story, visit, { modality: 'DX', shows, conclusion, because, cents: 16_000 });
    }
    if (remedy !== undefined) perform(story, visit, { what: remedy, because, cents: 24_000 });
    prescribe(story, visit, {
      ...{ what: MEDICATIONS.ibuprofen, because, isActive: false, isDispensed: false, cents: 900 },
      dose: 'One tablet up to three times a day while it hurts',
    });
    const lines = [`${what.text}.`, 'Treated and sent home.', 'Come again if it gets worse.'];
    writeDocument(story, visit, { type: DOCUMENT_TYPES.emergencyNote, lines, because });
  });
}

const ALLERGENS = [
  { what: ALLERGIES.grass, category: 'environment', criticality: 'low' },
  { what: ALLERGIES.latex, category: 'environment', criticality: 'low' },
  { what: ALLERGIES.nuts, category: 'food', criticality: 'high' },
  { what: ALLERGIES.penicillin, category: 'medication', criticality: 'high' },
] as const;

/** An allergy that somebody noticed. */
export function writeAllergy(story: Story): void {
  const { what, category, criticality } = story.draws.pick(ALLERGENS);
  const day = someDay(story, 10);
  story.visit({ day, type: ENCOUNTER_TYPES.symptom, cents: 9900 }, (visit) => {
    story.add('AllergyIntolerance', {
      clinicalStatus: hl7('allergyintolerance-clinical', 'active'),
      verificationStatus: hl7('allergyintolerance-verification', 'confirmed'),
      type: 'allergy',
      category: [category],
      criticality,
      code: what,
      patient: story.subject,
      encounter: visit.encounter,
      onsetDateTime: visitDate(visit),
      recordedDate: visit.start,
      recorder: visit.practitioner,
    });
  });
}

/** The colon looked at once, as everybody's is past fifty. */
export function writeColonoscopy(story: Story): void {
  const day = someDay(story, 4);
  const role = 'surgery';
  story.visit({ day, type: ENCOUNTER_TYPES.checkUp, role, cents: 31_000 }, (visit) => {
    perform(story, visit, { what: PROCEDURES.colonoscopy, cents: 89_000 });
    const lines = ['Looked at from end to end.', 'No polyps. Once more in ten years.'];
    writeDocument(story, visit, { type: DOCUMENT_TYPES.summary, lines });
  });
}
