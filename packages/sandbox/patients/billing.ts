import { dateOf } from './calendar.ts';
import { hl7 } from './codes.ts';
import { type Reference, referenceTo } from './resource.ts';
import type { Charge, Story, Visit } from './story.ts';

/** What the plan pays of a charge, in percent. */
const COVERED_PERCENT = 80;
const CENTS_PER_UNIT = 100;
/** The bill is written and decided so many days later, unless that is still to come. */
const BILLING_DAYS = 2;
const DECISION_DAYS = 9;

function money(cents: number) {
  return { value: cents / CENTS_PER_UNIT, currency: 'USD' };
}

function sumOf(charges: readonly Charge[]): number {
  return charges.reduce((sum, { cents }) => sum + cents, 0);
}

function share(cents: number): number {
  return Math.floor((cents * COVERED_PERCENT) / 100);
}

interface Bill {
  readonly visit: Visit;
  readonly kind: 'professional' | 'pharmacy';
  readonly provider: Reference;
  readonly charges: readonly Charge[];
  readonly diagnoses: readonly Reference[];
  readonly prescription?: Reference;
}

/** Elements that a bill and its explanation share. */
function billElements(story: Story, { visit, kind, provider }: Bill) {
  return {
    status: 'active',
    type: hl7('claim-type', kind),
    use: 'claim',
    patient: story.subject,
    billablePeriod: { start: visit.start, end: visit.end },
    provider,
  };
}

function diagnosisElements({ diagnoses }: Bill) {
  if (diagnoses.length === 0) return {};
  return {
    diagnosis: diagnoses.map((diagnosisReference, i) => ({ sequence: i + 1, diagnosisReference })),
  };
}

function dayAfter({ today }: Story, { day }: Visit, days: number): string {
  return dateOf(Math.min(today - 1, day + days));
}

function addClaim(story: Story, bill: Bill): Reference {
  const { visit, charges, prescription } = bill;
  const { coverage } = story.person;
  return story.add(
    'Claim',
    {
      ...billElements(story, bill),
      created: dayAfter(story, visit, BILLING_DAYS),
      priority: hl7('processpriority', 'normal'),
      ...(prescription === undefined ? {} : { prescription }),
      ...diagnosisElements(bill),
      insurance: [{ sequence: 1, focal: true, coverage: referenceTo(coverage) }],
      item: charges.map(({ what, cents }, i) => ({
        sequence: i + 1,
        productOrService: what,
        net: money(cents),
        encounter: [visit.encounter],
      })),
      total: money(sumOf(charges)),
    },
    { isPsychiatric: visit.isPsychiatric },
  );
}

function addExplanation(story: Story, bill: Bill, claim: Reference): void {
  const { visit, charges } = bill;
  const { coverage } = story.person;
  const adjudication = (cents: number) => [
    { category: hl7('adjudication', 'submitted'), amount: money(cents) },
    { category: hl7('adjudication', 'benefit'), amount: money(share(cents)) },
  ];
  story.add(
    'ExplanationOfBenefit',
    {
      ...billElements(story, bill),
      created: dayAfter(story, visit, DECISION_DAYS),
      insurer: story.share(story.world.payer),
      claim,
      outcome: 'complete',
      ...diagnosisElements(bill),
      insurance: [{ focal: true, coverage: referenceTo(coverage) }],
      item: charges.map(({ what, cents }, i) => ({
        sequence: i + 1,
        productOrService: what,
        net: money(cents),
        encounter: [visit.encounter],
        adjudication: adjudication(cents),
      })),
      total: [{ category: hl7('adjudication', 'submitted'), amount: money(sumOf(charges)) }],
      payment: { amount: money(share(sumOf(charges))) },
    },
    { isPsychiatric: visit.isPsychiatric },
  );
}

/** Bill of a visit, and what the plan says to it. */
export function billVisit(story: Story, visit: Visit): void {
  const { charges, conditions: diagnoses, organisation: provider } = visit;
  const bill: Bill = { visit, kind: 'professional', provider, charges, diagnoses };
  addExplanation(story, bill, addClaim(story, bill));
}

/** Bill of the pharmacy for what it handed over. */
export function billDispense(
  story: Story,
  visit: Visit,
  { prescription, charge }: { readonly prescription: Reference; readonly charge: Charge },
): void {
  const provider = story.share(story.world.pharmacy);
  const bill = { visit, provider, charges: [charge], diagnoses: visit.conditions, prescription };
  addClaim(story, { ...bill, kind: 'pharmacy' });
}
