import { createHash } from 'node:crypto';
import { Fhir } from 'fhir';
import { describe, expect, it } from 'vitest';
import { type GeneratedPatient, generatePatients, PATIENTS_MAX } from './generate-patients.ts';
import { SYNTHETIC_MARK } from './names.ts';

const today = '2026-11-22';
const some = [...generatePatients({ count: 40, seed: 7, today })];

type Elements = { readonly [element: string]: unknown };
interface Entry {
  readonly fullUrl: string;
  readonly resource: Elements & { readonly resourceType: string; readonly id: string };
  readonly request: { readonly method: string; readonly url: string };
}

function entriesOf({ bundle }: Pick<GeneratedPatient, 'bundle'>): readonly Entry[] {
  return (JSON.parse(new TextDecoder().decode(bundle)) as { entry: Entry[] }).entry;
}

const everyEntry = some.flatMap(entriesOf);
const resourcesOf = (patient: GeneratedPatient, type: string) =>
  entriesOf(patient)
    .map(({ resource }) => resource)
    .filter(({ resourceType }) => resourceType === type);

/** All values in a resource, with the element that holds each. */
function* valuesIn(value: unknown, element = ''): Generator<[element: string, value: unknown]> {
  yield [element, value];
  if (Array.isArray(value)) for (const one of value) yield* valuesIn(one, element);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, child] of Object.entries(value)) yield* valuesIn(child, name);
  }
}

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('generated patients', () => {
  it('are the same bytes for the same seed on every machine', () => {
    const digests = [...generatePatients({ count: 5, seed: 1, today })].map(({ bundle }) =>
      digest(bundle),
    );
    expect(digests).toMatchInlineSnapshot(`
      [
        "662a1d7d8717545124375f5b62d49e442d41f4f74fa3a87e708d663fdb6822d9",
        "790244fc1cac2d476b2f3860bd012a7f7a00669de41eaece1986adcb05e9f9a0",
        "f9d0048f5513cb53b5df3606605f99551b08d5bb465068f33cd2916cd6598c98",
        "fae0ee92970d71ac654ed1d217dd5831197fb4d1a601580b8291c46a5e5c79c8",
        "259586840714abe3d587ab7956c6ba4f03e7ead9092971ccc41b98270a9c76c8",
      ]
    `);
  });

  it('are the same whatever the count, and others for another seed', () => {
    const again = [...generatePatients({ count: 3, seed: 7, today })];
    expect(again).toEqual(some.slice(0, 3));
    const others = [...generatePatients({ count: 3, seed: 8, today })];
    const ids = new Set(some.flatMap(entriesOf).map(({ resource }) => resource.id));
    for (const { resource } of others.flatMap(entriesOf)) expect(ids).not.toContain(resource.id);
  });

  it('come one by one: ten thousand are not made before the first is used', () => {
    const stream = generatePatients({ count: PATIENTS_MAX, seed: 1, today });
    expect(stream.next().value).toBeDefined();
    stream.return();
  });

  it('have 20 to 150 resources each', () => {
    const counts = [...generatePatients({ count: 500, seed: 42, today })].map(
      ({ resourceCount }) => resourceCount,
    );
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...counts)).toBeLessThanOrEqual(150);
    for (const patient of some) expect(entriesOf(patient)).toHaveLength(patient.resourceCount);
  });

  it('show all that there is in the first four', () => {
    const first = some.slice(0, 4);
    const types = new Set(first.flatMap(entriesOf).map(({ resource }) => resource.resourceType));
    expect([...types].sort()).toEqual([
      ...['AllergyIntolerance', 'Binary', 'CarePlan', 'Claim', 'Condition', 'Coverage'],
      ...['DiagnosticReport', 'DocumentReference', 'Encounter', 'ExplanationOfBenefit', 'Goal'],
      ...['ImagingStudy', 'Immunization', 'MedicationDispense', 'MedicationRequest'],
      ...['Observation', 'Organization', 'Patient', 'Practitioner', 'Procedure'],
    ]);
    expect(first[0]!.chapters).toContain('depression');
  });

  it('are refused where the options make no sense', () => {
    const wish = (options: object) => () => [
      ...generatePatients({ count: 1, seed: 1, today, ...options }),
    ];
    expect(wish({ count: PATIENTS_MAX + 1 })).toThrow('count');
    expect(wish({ count: 1.5 })).toThrow('count');
    expect(wish({ seed: 0.5 })).toThrow('seed');
    expect(wish({ today: '22.11.2026' })).toThrow('date');
    expect(wish({ today: '2026-13-01' })).toThrow('date');
  });
});

describe('every resource', () => {
  it('says that it is for tests, and every person that it is synthetic', () => {
    for (const { resource } of everyEntry) {
      const { tag } = resource.meta as { tag: readonly object[] };
      const system = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';
      expect(tag).toContainEqual({ system, code: 'HTEST', display: 'test health data' });
      if (!['Patient', 'Practitioner'].includes(resource.resourceType)) continue;
      const [name] = resource.name as { text: string; suffix: string[] }[];
      expect(name!.text.endsWith(SYNTHETIC_MARK)).toBe(true);
      expect(name!.suffix).toEqual([SYNTHETIC_MARK]);
    }
  });

  it('has an id of its own, and an entry that puts it there', () => {
    for (const patient of some) {
      const entries = entriesOf(patient);
      expect(new Set(entries.map(({ resource }) => resource.id)).size).toBe(entries.length);
      for (const { fullUrl, resource, request } of entries) {
        expect(resource.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
        expect(fullUrl).toBe(`urn:uuid:${resource.id}`);
        expect(request).toEqual({ method: 'PUT', url: `${resource.resourceType}/${resource.id}` });
      }
    }
  });

  it('refers only to resources of the same bundle', () => {
    for (const patient of some) {
      const urls = new Set(entriesOf(patient).map(({ fullUrl }) => fullUrl));
      for (const { resource } of entriesOf(patient)) {
        for (const [element, value] of valuesIn(resource)) {
          const isLink = element === 'reference' || String(value).startsWith('urn:uuid:');
          if (isLink && typeof value === 'string') expect(urls).toContain(value);
        }
      }
    }
  });

  it('has no empty list, object or text, and no null (FHIR R4, JSON)', () => {
    const isEmpty = (value: unknown) =>
      value === null ||
      value === '' ||
      (typeof value === 'object' && Object.keys(value as object).length === 0);
    for (const { resource } of everyEntry) {
      expect([...valuesIn(resource)].filter(([, value]) => isEmpty(value))).toEqual([]);
    }
  });

  it('is valid FHIR R4 by another program', () => {
    const fhir = new Fhir();
    const errors = (resource: object) =>
      fhir
        .validate(resource, { errorOnUnexpected: true })
        .messages.filter(({ severity }) => String(severity) === 'error');
    for (const { resource } of some.slice(0, 12).flatMap(entriesOf)) {
      expect(errors(resource), resource.resourceType).toEqual([]);
    }
    const observation = { resourceType: 'Observation', code: { text: 'x' } };
    expect(errors({ ...observation, status: 'final' })).toEqual([]);
    expect(errors(observation)).not.toEqual([]);
    expect(errors({ ...observation, status: 'done' })).not.toEqual([]);
    expect(errors({ ...observation, status: 'final', colour: 'red' })).not.toEqual([]);
  });
});

const DATE = /^\d{4}-\d{2}-\d{2}(T|$)/;

describe('a life', () => {
  it('has nothing before birth and nothing from today on', () => {
    for (const patient of some) {
      for (const { resource } of entriesOf(patient)) {
        for (const [element, value] of valuesIn(resource)) {
          if (typeof value !== 'string' || !DATE.test(value)) continue;
          const place = `${resource.resourceType}.${element}`;
          expect(value.slice(0, 10) >= patient.birthDate, place).toBe(true);
          expect(value.slice(0, 10) < today, place).toBe(true);
        }
      }
    }
  });

  it('has every follow-up after its diagnosis', () => {
    for (const patient of some) {
      const onsets = new Map(
        resourcesOf(patient, 'Condition').map(({ id, onsetDateTime }) => [
          `urn:uuid:${id}`,
          String(onsetDateTime),
        ]),
      );
      const caused = ['MedicationRequest', 'Procedure', 'CarePlan', 'Claim', 'ImagingStudy'];
      for (const { resource } of entriesOf(patient)) {
        if (!caused.includes(resource.resourceType)) continue;
        const [, date] = [...valuesIn(resource)].find(([, value]) => DATE.test(String(value)))!;
        for (const [element, value] of valuesIn(resource)) {
          const onset = element === 'reference' ? onsets.get(String(value)) : undefined;
          if (onset !== undefined) expect(String(date).slice(0, 10) >= onset).toBe(true);
        }
      }
    }
  });

  it('has a bill and its explanation for every visit', () => {
    for (const patient of some) {
      const visits = resourcesOf(patient, 'Encounter').length;
      expect(resourcesOf(patient, 'ExplanationOfBenefit')).toHaveLength(visits);
      const claims = resourcesOf(patient, 'Claim');
      const dispenses = resourcesOf(patient, 'MedicationDispense').length;
      expect(claims).toHaveLength(visits + dispenses);
    }
  });

  it('with diabetes has a haemoglobin A1c that falls after metformin', () => {
    const patient = some.find(({ chapters }) => chapters.includes('diabetes'))!;
    const values = resourcesOf(patient, 'Observation')
      .filter(({ code }) => JSON.stringify(code).includes('"4548-4"'))
      .sort((a, b) => (String(a.effectiveDateTime) < String(b.effectiveDateTime) ? -1 : 1))
      .map(({ valueQuantity }) => (valueQuantity as { value: number }).value);
    expect(values.length).toBeGreaterThanOrEqual(4);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(values.at(-1)!).toBeLessThan(values[0]! - 1);
    const [first] = resourcesOf(patient, 'MedicationRequest');
    expect(JSON.stringify(first)).toContain('"861007"');
  });

  it('has vaccinations at the ages of the schedule', () => {
    const child = some[3]!;
    const days = resourcesOf(child, 'Immunization')
      .filter(({ vaccineCode }) => JSON.stringify(vaccineCode).includes('"03"'))
      .map(({ occurrenceDateTime }) => {
        const ms = Date.parse(String(occurrenceDateTime)) - Date.parse(child.birthDate);
        return Math.floor(ms / (30 * 86_400_000));
      });
    expect(days).toEqual([12, 50]);
  });

  it('has documents that are PDFs and say whom they are not about', () => {
    const patient = some[0]!;
    const [binary] = resourcesOf(patient, 'Binary');
    const text = Buffer.from(String(binary!.data), 'base64').toString('latin1');
    expect(text.startsWith('%PDF-1.4\n')).toBe(true);
    expect(text).toContain('synthetic');
    expect(text).toContain('about nobody');
  });
});
