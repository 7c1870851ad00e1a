import { Caption, CHART_LIMITS, type ChartKind, RecordMetadata } from '@ward/charts';
import { decodeUtf8, encodeUtf8, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { INGEST_LIMITS } from './limits.ts';
import { type PlannedUnit, planIngest } from './plan-ingest.ts';
import type { IngestInput } from './read-inputs.ts';
import { withoutKnown } from './without-known.ts';

const crypto = await loadCrypto();
const HELD: readonly ChartKind[] = ['general', 'medications', 'mental-health'];

function plan(...inputs: readonly IngestInput[]) {
  return planIngest(inputs, { chartsOf: () => HELD }, crypto);
}
const file = (text: string, name = ''): IngestInput => ({ bytes: encodeUtf8(text), name });
const unitsOf = (text: string) => plan(file(text)).flatMap(({ units }) => units);
const bundle = (...resources: readonly (object | string)[]) => {
  const entries = resources.map((one) => {
    return `{"resource":${typeof one === 'string' ? one : JSON.stringify(one)}}`;
  });
  return `{"resourceType":"Bundle","entry":[${entries.join()}]}`;
};
const names = ({ chart, records }: PlannedUnit) =>
  `${chart}: ${records.map(({ metadata }) => metadata.name).join(' ')}`;

const to = (reference: string) => ({ reference });
const subject = to('Patient/1');
const patient = {
  resourceType: 'Patient',
  id: '1',
  birthDate: '1970-01-01',
  managingOrganization: to('Organization/clinic'),
};
const clinic = { resourceType: 'Organization', id: 'clinic' };
const doctor = { resourceType: 'Practitioner', id: 'doctor' };
const visit = (id: string, date: string) => ({
  resourceType: 'Encounter',
  id,
  subject,
  period: { start: date },
  participant: [{ individual: to('Practitioner/doctor') }],
});
const drug = (id: string, visitId: string) => ({
  resourceType: 'MedicationRequest',
  id,
  subject,
  encounter: to(`Encounter/${visitId}`),
  requester: to('Practitioner/doctor'),
});

describe('a plan', () => {
  it('keeps the exact bytes of each resource', () => {
    const odd = '{ "resourceType" : "Observation",\n\t"valueDecimal": 1.0, "x":"\\u0041é"}';
    const [unit] = unitsOf(bundle(odd));
    expect(decodeUtf8(unit!.records[0]!.bytes)).toBe(odd);
    expect(unit!.records[0]!.metadata.sizeBytes).toBe(encodeUtf8(odd).length);
  });

  it('has demographics once in each chart, first, with what they refer to', () => {
    const units = unitsOf(
      bundle(drug('m', 'v'), visit('v', '2020-05-06'), doctor, clinic, patient),
    );
    expect(units.map(names)).toEqual([
      'general: 1 clinic',
      'medications: 1 clinic',
      'medications: m doctor',
      'general: v doctor',
    ]);
  });

  it('has what others refer to in the first unit of each chart that needs it', () => {
    const units = unitsOf(bundle(visit('b', '2021-01-01'), doctor, visit('a', '2020-01-01')));
    expect(units.map(names)).toEqual(['general: a doctor', 'general: b']);
  });

  it('is in the order of time, and ends with what has no date', () => {
    const flag = { resourceType: 'Flag', id: 'undated', subject };
    const units = unitsOf(bundle(flag, visit('b', '2021'), visit('a', '2020-12-31'), patient));
    expect(units.map(names)).toEqual([
      ...['general: 1', 'general: a', 'general: b', 'general: undated'],
    ]);
  });

  it('has the same resource once, even when the file has it twice', () => {
    const indented = JSON.stringify(visit('a', '2020'), null, 4);
    expect(unitsOf(bundle(visit('a', '2020'), indented)).map(names)).toEqual(['general: a']);
    const other = '{"resourceType":"Flag","value":1.0}';
    const almost = '{"resourceType":"Flag","value":1}';
    expect(unitsOf(bundle(other, almost, other))[0]!.records).toHaveLength(2);
  });

  it('splits a unit that has more records than the limit', () => {
    const max = CHART_LIMITS.recordsPerUnitMax;
    const observations = Array.from({ length: max + 3 }, (_, i) => {
      return { resourceType: 'Observation', id: String(i), encounter: to('Encounter/v'), subject };
    });
    const units = unitsOf(bundle(visit('v', '2020-01-01'), doctor, ...observations));
    expect(units.map(({ records }) => records.length)).toEqual([max, 5]);
    expect(units[0]!.caption).toEqual(units[1]!.caption);
  });

  it('fits the formats of captions and metadata', () => {
    const long = `${'ö'.repeat(300)}\ud800.bin`;
    const resource = { resourceType: 'A'.repeat(64), id: 'é'.repeat(400) };
    const units = plan(file(bundle(resource, patient)), { bytes: new Uint8Array(3), name: long });
    for (const { caption, records } of units.flatMap((one) => one.units)) {
      expect(Caption.decode(Caption.encode(caption))).toEqual(caption);
      for (const { metadata } of records) {
        expect(RecordMetadata.decode(RecordMetadata.encode(metadata))).toEqual(metadata);
      }
    }
  });
});

describe('a caption', () => {
  const captionOf = (...resources: object[]) => {
    const [unit] = unitsOf(bundle(...resources));
    return `${unit!.caption.kind} ${unit!.caption.month}`;
  };
  const march2020 = 12 * 2020 + 2;

  it('of an encounter is its kind and month, not that of what is in it', () => {
    const result = {
      resourceType: 'Observation',
      encounter: to('Encounter/v'),
      effectiveDateTime: '2019-01-01',
      subject,
    };
    expect(captionOf(result, result, visit('v', '2020-03-31T23:00:00-10:00'))).toBe(
      `encounter ${march2020}`,
    );
  });

  it('of demographics says nothing more', () => {
    expect(captionOf(patient)).toBe('patient 0');
  });

  it.each([
    ['allergies', 'AllergyIntolerance', {}],
    ['claim', 'ExplanationOfBenefit', {}],
    ['conditions', 'Condition', {}],
    ['document', 'QuestionnaireResponse', {}],
    ['document', 'ResourceOfTheFuture', {}],
    ['imaging', 'ImagingStudy', {}],
    ['imaging', 'DiagnosticReport', { category: [{ coding: [{ code: 'RAD' }] }] }],
    ['immunizations', 'Immunization', {}],
    ['laboratory', 'DiagnosticReport', { category: [{ coding: [{ code: 'LAB' }] }] }],
    ['laboratory', 'Observation', { category: [{ coding: [{ code: 'laboratory' }] }] }],
    ['medications', 'MedicationStatement', {}],
    ['observations', 'Observation', { category: [{ coding: [{ code: 'vital-signs' }] }] }],
    ['patient', 'RelatedPerson', {}],
    ['procedures', 'CarePlan', {}],
  ])('is %s for %s %j', (kind, resourceType, rest) => {
    expect(captionOf({ resourceType, date: '2020-03-05', ...rest })).toBe(`${kind} ${march2020}`);
  });

  it('of several records is the word for most of them, of a report its own', () => {
    const at = { encounter: to('Encounter/elsewhere'), subject };
    const condition = { resourceType: 'Condition', ...at, recordedDate: '2020-03-09' };
    const claim = { resourceType: 'Claim', ...at, created: '2020-04-01' };
    expect(captionOf(claim, { ...condition, id: 'a' }, condition)).toBe(`conditions ${march2020}`);
    const result = [to('Observation/a'), to('Observation/b')];
    expect(
      captionOf(
        { resourceType: 'Observation', id: 'a', subject },
        { resourceType: 'Observation', id: 'b', subject },
        { resourceType: 'DiagnosticReport', subject, result, effectiveDateTime: '2020-03-01' },
      ),
    ).toBe(`laboratory ${march2020}`);
  });
});

describe('a plain file', () => {
  it('is one unit of one record with its own bytes, type and name', () => {
    const bytes = encodeUtf8('%PDF-1.4 …');
    const [{ patient: owner, units }] = plan({ bytes, name: 'letter.pdf' }) as [
      ReturnType<typeof plan>[number],
    ];
    expect(owner).toBeUndefined();
    const { inputDigest, ...metadata } = units[0]!.records[0]!.metadata;
    expect(metadata).toEqual({
      ...{ mediaType: 'application/pdf', resourceType: '', name: 'letter.pdf' },
      sizeBytes: bytes.length,
    });
    expect(toHex(inputDigest)).toBe(toHex(crypto.sha256(bytes)));
    expect(units[0]!.caption).toEqual({ kind: 'document', month: 0 });
    expect(units[0]!.records[0]!.bytes).toBe(bytes);
  });

  it('belongs to the only patient of the files it comes with', () => {
    const plans = plan(file(bundle(patient)), file('GIF89a', 'skin.gif'));
    expect(plans.map((one) => one.patient)).toEqual(['Patient/1']);
    expect(plans[0]!.units.map(names)).toEqual(['general: 1', 'general: skin.gif']);
    expect(plans[0]!.units[1]!.caption.kind).toBe('imaging');
  });

  it('is JSON without a resource type, and FHIR when the caller says so', () => {
    expect(unitsOf('{"cards":[]}')[0]!.records[0]!.metadata.mediaType).toBe('application/json');
    const [one] = plan({ ...file(bundle(patient), 'export.json'), isPlain: true });
    expect(one!.units).toHaveLength(1);
    expect(one!.units[0]!.records[0]!.metadata.resourceType).toBe('');
  });

  it('has the media type that its sender gave', () => {
    const [one] = plan({ ...file('x'), mediaType: 'Text/Markdown; charset=utf-8' });
    expect(one!.units[0]!.records[0]!.metadata.mediaType).toBe('text/markdown');
  });
});

describe('input is refused', () => {
  it('when it is empty or too large', () => {
    expect(codeOf(() => plan(file('')))).toBe('INPUT_EMPTY');
    const large = new Uint8Array(INGEST_LIMITS.jsonBytesMax + 1).fill(0x20);
    expect(codeOf(() => plan({ bytes: large, name: 'a.json' }))).toBe('INPUT_TOO_LARGE');
    expect(codeOf(() => plan({ bytes: large, name: 'a.bin' }))).toBeUndefined();
  });

  it('when there is too much of it', () => {
    const many = Array.from({ length: INGEST_LIMITS.inputsMax + 1 }, () => file('x'));
    expect(codeOf(() => plan(...many))).toBe('INPUT_TOO_MANY');
    const reference = '{"reference":"a"}';
    const references = new Array(INGEST_LIMITS.referencesMax + 1).fill(reference).join();
    expect(codeOf(() => unitsOf(`{"resourceType":"A","x":[${references}]}`))).toBe(
      'INPUT_TOO_MANY',
    );
  });

  it('when a resource has no type, or one that is none', () => {
    for (const type of ['', 'patient', 'A b', '__proto__', 'A'.repeat(65)]) {
      const text = bundle({ resourceType: type });
      expect(
        codeOf(() => unitsOf(text)),
        type,
      ).toBe('RESOURCE_TYPE_MISSING');
    }
    expect(codeOf(() => unitsOf(bundle({})))).toBe('RESOURCE_TYPE_MISSING');
  });
});

describe('adding again', () => {
  const text = bundle(patient, doctor, visit('a', '2020'), drug('m', 'a'));
  const known = new Set(
    unitsOf(text).flatMap(({ chart, records }) =>
      records.map(({ metadata }) => `${chart} ${toHex(metadata.inputDigest)}`),
    ),
  );
  const left = (units: readonly PlannedUnit[]) =>
    withoutKnown(units, ({ chart, digest }) => known.has(`${chart} ${digest}`)).map(names);

  it('the same file adds nothing', () => {
    expect(left(unitsOf(text))).toEqual([]);
  });

  it('the same resources in another bundle, indented otherwise, adds only what is new', () => {
    const grown = JSON.stringify(
      JSON.parse(bundle(visit('b', '2021'), drug('m', 'a'), patient, doctor, visit('a', '2020'))),
      null,
      3,
    );
    expect(left(unitsOf(grown))).toEqual(['general: b']);
  });

  it('to another chart adds it there', () => {
    const options = { chartsOf: () => HELD, chart: 'mental-health' as const };
    const [one] = planIngest([file(text)], options, crypto);
    expect(left(one!.units)).toHaveLength(2);
  });
});
