import type { Json } from '@ward/protocol';
import { listOf, memberOf, textOf } from './json-slices.ts';

/**
 * Where FHIR resources say when what they tell of happened, the most telling first: the event, then
 * its order, then its record. `issued` and `created` say only when it was written down.
 */
const DATE_ELEMENTS = [
  ...['effectiveDateTime', 'effectivePeriod', 'effectiveInstant', 'effectiveTiming'],
  ...['performedDateTime', 'performedPeriod', 'performedString', 'occurrenceDateTime'],
  ...['occurrencePeriod', 'occurrence', 'onsetDateTime', 'onsetPeriod', 'identifiedDateTime'],
  ...['started', 'period', 'servicedDate', 'servicedPeriod', 'billablePeriod', 'context'],
  ...['whenHandedOver', 'whenPrepared', 'authoredOn', 'collection', 'start', 'startDate'],
  ...['recordedDate', 'assertedDate', 'dateAsserted', 'dateTime', 'date', 'detected', 'recorded'],
  ...['receivedTime', 'sent', 'received', 'dateWritten', 'created', 'issued', 'timestamp'],
];

/** What a period and its like call the day on which they begin. */
const BEGIN_ELEMENTS = ['start', 'collectedDateTime', 'collectedPeriod', 'period', 'event'];

const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?/;

/** A day as its author wrote it, in the author's own time zone; parts that are unknown are 0. */
export interface ClinicalDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

function parseDate(text: string): ClinicalDate | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = match.slice(1).map((part) => Number(part ?? 0));
  if (month! > 12 || day! > 31 || year! < 1) return undefined;
  return { year: year!, month: month!, day: day! };
}

/** The date in a value: itself, the start of a period, the first of a list; two steps at most. */
function dateIn(value: Json | undefined, steps = 2): ClinicalDate | undefined {
  if (typeof value === 'string') return parseDate(value);
  if (steps === 0 || typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) return dateIn(value[0], steps - 1);
  for (const element of BEGIN_ELEMENTS) {
    const date = dateIn(memberOf(value, element), steps - 1);
    if (date !== undefined) return date;
  }
  return undefined;
}

/** When that happened which a resource tells of; undefined where it does not say. */
export function clinicalDateOf(resource: Json): ClinicalDate | undefined {
  // When a person was born is no time of care, and would stand in a caption.
  if (textOf(resource, 'resourceType') === 'Patient') return undefined;
  for (const element of DATE_ELEMENTS) {
    const date = dateIn(memberOf(resource, element));
    if (date !== undefined) return date;
  }
  return dateIn(memberOf(listOf(resource, 'item')[0], 'servicedPeriod'));
}

/** Twelve times the year, plus the month from 0: what captions hold. A bare year is its January. */
export function monthNumber({ year, month }: ClinicalDate): number {
  return 12 * year + Math.max(month, 1) - 1;
}

/** Days between dates may be told from this; good to a day or two, over months. */
export function dayNumber({ year, month, day }: ClinicalDate): number {
  return Math.floor(Date.UTC(year, Math.max(month, 1) - 1, Math.max(day, 1)) / 86_400_000);
}

/** `2019-04-25`, with as many parts as are known. */
export function dateText({ year, month, day }: ClinicalDate): string {
  const parts = [String(year).padStart(4, '0')];
  if (month > 0) parts.push(String(month).padStart(2, '0'));
  if (month > 0 && day > 0) parts.push(String(day).padStart(2, '0'));
  return parts.join('-');
}
