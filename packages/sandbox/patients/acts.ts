import { billDispense } from './billing.ts';
import { type Concept, hl7, UCUM } from './codes.ts';
import type { Reference } from './resource.ts';
import { type Story, type Visit, visitDate } from './story.ts';

/** What is done and found at a visit; each adds resources to the story. */

export interface Measurement {
  readonly what: Concept;
  readonly value: number;
  /** UCUM; what a person reads is the same. */
  readonly unit: string;
  readonly isHigh?: boolean;
}

export type ObservationCategory = 'vital-signs' | 'laboratory' | 'social-history' | 'survey';

function quantity({ value, unit }: Pick<Measurement, 'value' | 'unit'>) {
  const shown = unit.replaceAll(/[{}[\]]/g, '');
  return { valueQuantity: { value, unit: shown, system: UCUM, code: unit } };
}

function observationElements(
  story: Story,
  visit: Visit,
  { what, category }: { readonly what: Concept; readonly category: ObservationCategory },
) {
  return {
    status: 'final',
    category: [hl7('observation-category', category)],
    code: what,
    ...story.about(visit),
    effectiveDateTime: visit.start,
    issued: visit.end,
    performer: [
      category === 'laboratory' ? story.share(story.world.laboratory) : visit.practitioner,
    ],
  };
}

/** Measures something. */
export function measure(
  story: Story,
  visit: Visit,
  { category, ...found }: Measurement & { readonly category: ObservationCategory },
): Reference {
  const { isHigh } = found;
  const meaning =
    isHigh === undefined ? {} : hl7('v3-ObservationInterpretation', isHigh ? 'H' : 'N');
  return story.add(
    'Observation',
    {
      ...observationElements(story, visit, { what: found.what, category }),
      ...quantity(found),
      ...(isHigh === undefined ? {} : { interpretation: [meaning] }),
    },
    { isPsychiatric: visit.isPsychiatric },
  );
}

/** Finds something that is no number. */
export function find(
  story: Story,
  visit: Visit,
  { what, answer, category }: { what: Concept; answer: Concept; category: ObservationCategory },
): Reference {
  return story.add('Observation', {
    ...observationElements(story, visit, { what, category }),
    valueCodeableConcept: answer,
  });
}

/** Measures with two parts, such as blood pressure. */
export function measureParts(
  story: Story,
  visit: Visit,
  { what, parts }: { readonly what: Concept; readonly parts: readonly Measurement[] },
): Reference {
  return story.add('Observation', {
    ...observationElements(story, visit, { what, category: 'vital-signs' }),
    component: parts.map((part) => ({ code: part.what, ...quantity(part) })),
  });
}

/** Laboratory values and the report that lists them. */
export function reportLaboratory(
  story: Story,
  visit: Visit,
  { what, values, cents }: { what: Concept; values: readonly Measurement[]; cents: number },
): Reference {
  const result = values.map((value) => measure(story, visit, { ...value, category: 'laboratory' }));
  visit.charges.push({ what, cents });
  return story.add('DiagnosticReport', {
    status: 'final',
    category: [hl7('v2-0074', 'LAB')],
    code: what,
    ...story.about(visit),
    effectiveDateTime: visit.start,
    issued: visit.end,
    performer: [story.share(story.world.laboratory)],
    result,
  });
}

/** Diagnoses a condition. */
export function diagnose(
  story: Story,
  visit: Visit,
  { what, endDate }: { readonly what: Concept; readonly endDate?: string },
): Reference {
  const isOver = endDate !== undefined;
  const condition = story.add(
    'Condition',
    {
      clinicalStatus: hl7('condition-clinical', isOver ? 'resolved' : 'active'),
      verificationStatus: hl7('condition-ver-status', 'confirmed'),
      category: [hl7('condition-category', isOver ? 'encounter-diagnosis' : 'problem-list-item')],
      code: what,
      ...story.about(visit),
      onsetDateTime: visitDate(visit),
      ...(isOver ? { abatementDateTime: endDate } : {}),
      recordedDate: visit.start,
      recorder: visit.practitioner,
    },
    { isPsychiatric: visit.isPsychiatric },
  );
  visit.conditions.push(condition);
  return condition;
}

export interface Prescription {
  readonly what: Concept;
  readonly because: Reference;
  readonly dose: string;
  readonly cents: number;
  /** Still taken; else it came to its end. */
  readonly isActive: boolean;
  /** Handed over by the pharmacy at once; else the patient has it still. */
  readonly isDispensed: boolean;
}

/** Prescribes a medication; the pharmacy hands it over and sends its bill. */
export function prescribe(story: Story, visit: Visit, prescription: Prescription): Reference {
  const { what, because, dose, cents, isActive, isDispensed } = prescription;
  const { isPsychiatric, practitioner } = visit;
  const dosageInstruction = [{ text: dose }];
  const request = story.add(
    'MedicationRequest',
    {
      status: isActive ? 'active' : 'completed',
      intent: 'order',
      medicationCodeableConcept: what,
      ...story.about(visit),
      authoredOn: visit.start,
      requester: practitioner,
      reasonReference: [because],
      dosageInstruction,
    },
    { isPsychiatric },
  );
  if (!isDispensed) return request;
  story.add(
    'MedicationDispense',
    {
      status: 'completed',
      medicationCodeableConcept: what,
      subject: story.subject,
      context: visit.encounter,
      performer: [{ actor: story.share(story.world.pharmacy) }],
      authorizingPrescription: [request],
      quantity: { value: 30 },
      whenHandedOver: visit.end,
      dosageInstruction,
    },
    { isPsychiatric },
  );
  billDispense(story, visit, { prescription: request, charge: { what, cents } });
  return request;
}

/** Does something. */
export function perform(
  story: Story,
  visit: Visit,
  { what, because, cents }: { what: Concept; because?: Reference; cents: number },
): Reference {
  visit.charges.push({ what, cents });
  return story.add(
    'Procedure',
    {
      status: 'completed',
      code: what,
      ...story.about(visit),
      performedPeriod: { start: visit.start, end: visit.end },
      performer: [{ actor: visit.practitioner }],
      ...(because === undefined ? {} : { reasonReference: [because] }),
    },
    { isPsychiatric: visit.isPsychiatric },
  );
}

/** Vaccinates. */
export function vaccinate(story: Story, visit: Visit, what: Concept): void {
  visit.charges.push({ what, cents: 6500 });
  story.add('Immunization', {
    status: 'completed',
    vaccineCode: what,
    patient: story.subject,
    encounter: visit.encounter,
    occurrenceDateTime: visit.start,
    primarySource: true,
    lotNumber: `SYN${story.draws.between(1000, 9999)}`,
    performer: [{ actor: visit.practitioner }],
  });
}

/** Agrees with the patient on a plan and its goal. */
export function plan(
  story: Story,
  visit: Visit,
  { what, because, goal }: { what: Concept; because: Reference; goal: string },
): void {
  const aim = story.add('Goal', {
    lifecycleStatus: 'active',
    description: { text: goal },
    subject: story.subject,
    startDate: visitDate(visit),
    addresses: [because],
  });
  story.add('CarePlan', {
    status: 'active',
    intent: 'plan',
    category: [what],
    title: what.text,
    ...story.about(visit),
    period: { start: visitDate(visit) },
    created: visit.start,
    author: visit.practitioner,
    addresses: [because],
    goal: [aim],
  });
}
