import { type Concept, DICOM, DOCUMENT_TYPES, hl7 } from './codes.ts';
import { SYNTHETIC_MARK } from './names.ts';
import { makePdf } from './pdf.ts';
import type { Reference } from './resource.ts';
import { type Story, type Visit, visitDate } from './story.ts';

/** First lines of every document: nobody shall take it for a person's. */
function headOf({ person }: Story, visit: Visit, title: string): string[] {
  const { given, family } = person.name;
  return [title, '', `${given} ${family} ${SYNTHETIC_MARK}`, `Date: ${visitDate(visit)}`, ''];
}

export interface DocumentOptions {
  readonly type: Concept;
  readonly lines: readonly string[];
  /** Condition that it is about. */
  readonly because?: Reference;
}

/** A letter or note as a PDF, and the reference that describes it. */
export function writeDocument(
  story: Story,
  visit: Visit,
  { type, lines, because }: DocumentOptions,
): void {
  const { isPsychiatric } = visit;
  const end = ['', 'Generated for tests. This document is about nobody.'];
  const pdf = makePdf([...headOf(story, visit, type.text), ...lines, ...end]);
  const contentType = 'application/pdf';
  const data = Buffer.from(pdf).toString('base64');
  const binary = story.add('Binary', { contentType, data }, { isPsychiatric });
  story.add(
    'DocumentReference',
    {
      status: 'current',
      type,
      subject: story.subject,
      date: visit.end,
      author: [visit.practitioner],
      content: [
        { attachment: { contentType, url: binary.reference, size: pdf.length, title: type.text } },
      ],
      context: {
        encounter: [visit.encounter],
        period: { start: visit.start, end: visit.end },
        ...(because === undefined ? {} : { related: [because] }),
      },
    },
    { isPsychiatric },
  );
}

export interface Imaging {
  /** DICOM: DX for X-rays, US for ultrasound. */
  readonly modality: 'DX' | 'US';
  readonly shows: string;
  readonly conclusion: string;
  readonly because: Reference;
  readonly cents: number;
}

/** Digits of an object identifier below 2.999, the arc for examples. */
function makeUid({ draws }: Story): string {
  return `2.999.3.${draws.between(1, 999_999)}.${draws.between(1, 999_999_999)}`;
}

/** An imaging study and the radiologist's report on it. */
export function takeImages(story: Story, visit: Visit, imaging: Imaging): Reference {
  const { modality, shows, conclusion, because, cents } = imaging;
  const started = visit.start;
  const kind = { system: DICOM, code: modality };
  const uid = makeUid(story);
  const reader = story.share(story.world.practitioners.radiology);
  const study = story.add('ImagingStudy', {
    identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${uid}` }],
    status: 'available',
    modality: [kind],
    ...story.about(visit),
    started,
    numberOfSeries: 1,
    numberOfInstances: 1,
    reasonReference: [because],
    description: shows,
    series: [
      {
        uid: `${uid}.1`,
        number: 1,
        modality: kind,
        numberOfInstances: 1,
        started,
        instance: [
          {
            uid: `${uid}.1.1`,
            sopClass: { system: 'urn:ietf:rfc:3986', code: 'urn:oid:1.2.840.10008.5.1.4.1.1.7' },
            number: 1,
          },
        ],
      },
    ],
  });
  visit.charges.push({ what: { text: shows }, cents });
  return story.add('DiagnosticReport', {
    status: 'final',
    category: [hl7('v2-0074', modality === 'US' ? 'RUS' : 'RAD')],
    code: DOCUMENT_TYPES.imagingReport,
    ...story.about(visit),
    effectiveDateTime: started,
    issued: visit.end,
    performer: [reader],
    imagingStudy: [study],
    conclusion,
  });
}
