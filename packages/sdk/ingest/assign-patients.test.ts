import { encodeUtf8 } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { type PatientPlan, planIngest } from './plan-ingest.ts';

const crypto = await loadCrypto();
const chartsOf = () => ['general'] as const;

interface Entry {
  readonly fullUrl?: string;
  readonly resource: object;
}

function plan(...bundles: readonly (readonly Entry[])[]): PatientPlan[] {
  const inputs = bundles.map((entry) => ({
    bytes: encodeUtf8(JSON.stringify({ resourceType: 'Bundle', entry })),
    name: 'bundle.json',
  }));
  return planIngest(inputs, { chartsOf }, crypto);
}

/** Names of the records of each patient, sorted. */
function namesOf(plans: readonly PatientPlan[]): { [patient: string]: string[] } {
  return Object.fromEntries(
    plans.map(({ patient, units }) => {
      const names = units.flatMap(({ records }) => records.map(({ metadata }) => metadata.name));
      return [patient ?? 'nobody', names.sort()];
    }),
  );
}

const entry = (type: string, id: string, rest: object = {}): Entry => ({
  resource: { resourceType: type, id, ...rest },
});
const to = (reference: string) => ({ reference });

describe('the patient of a resource', () => {
  it.each([
    ['Observation', { subject: to('Patient/1') }],
    ['Immunization', { patient: to('Patient/1') }],
    ['Coverage', { beneficiary: to('Patient/1'), payor: [to('Patient/2')] }],
    ['Task', { for: to('Patient/1'), requester: to('Patient/2') }],
    ['ResearchSubject', { individual: to('Patient/1') }],
    ['Appointment', { participant: [{ actor: to('Practitioner/p') }, { actor: to('Patient/1') }] }],
    ['Observation', { subject: to('Patient/1/_history/3') }],
    ['Whatever', { patient: to('Patient?identifier=urn:x|A1') }],
  ])('%s %j is Patient/1', (type, rest) => {
    const identifier = [{ system: 'urn:x', value: 'A1' }];
    const plans = plan([
      entry('Patient', '1', { identifier }),
      entry('Patient', '2'),
      entry(type, 'x', rest),
    ]);
    expect(namesOf(plans)['Patient/1']).toContain('x');
    expect(namesOf(plans)['Patient/2']).toEqual(['2']);
  });

  it('is found by the URL of the entry, before and behind it', () => {
    const subject = to('urn:uuid:11111111-1111-4111-8111-111111111111');
    const patient = { ...entry('Patient', 'anna'), fullUrl: subject.reference };
    const plans = plan([
      entry('Condition', 'c', { subject }),
      patient,
      entry('Flag', 'f', { subject }),
    ]);
    expect(namesOf(plans)).toEqual({ 'Patient/anna': ['c', 'f', subject.reference] });
  });

  it('is found by relative and absolute URLs of the same server only', () => {
    const at = (base: string, type: string, id: string, rest: object = {}) => ({
      ...entry(type, id, rest),
      fullUrl: `https://${base}/fhir/${type}/${id}`,
    });
    const plans = plan([
      at('a', 'Patient', '1'),
      at('b', 'Patient', '1'),
      at('a', 'Flag', 'fa', { subject: to('Patient/1') }),
      at('b', 'Flag', 'fb', { subject: to('Patient/1') }),
      at('b', 'Flag', 'fc', { subject: to('https://a/fhir/Patient/1') }),
      at('b', 'Flag', 'fd', { subject: to('https://c/fhir/Patient/1') }),
    ]);
    expect(namesOf(plans)).toEqual({
      'https://a/fhir/Patient/1': ['1', 'fa', 'fc'],
      'https://b/fhir/Patient/1': ['1', 'fb'],
      'https://c/fhir/Patient/1': ['fd'],
    });
  });

  it('is none of two that share an id, when nothing says which', () => {
    const patient = (url: string) => ({
      ...entry('Patient', '1', { language: url }),
      fullUrl: `urn:uuid:${url}1111111-1111-4111-8111-111111111111`,
    });
    const flag = entry('Flag', 'f', { subject: to('Patient/1') });
    const apart = [{ ...patient('a') }, { ...patient('b') }].map(({ fullUrl }) => fullUrl);
    for (const plans of [
      plan([patient('a'), patient('b'), flag]),
      plan([patient('a')], [patient('b')], [flag]),
    ]) {
      expect(namesOf(plans)).toEqual({
        [apart[0]!]: [apart[0]],
        [apart[1]!]: [apart[1]],
        'Patient/1': ['f'],
      });
    }
  });

  it('is one of which there are two versions', () => {
    const fullUrl = 'https://a/fhir/Patient/1';
    const version = (active: boolean) => ({ ...entry('Patient', '1', { active }), fullUrl });
    const flag = entry('Flag', 'f', { subject: to('Patient/1') });
    const plans = plan([version(true), version(false), flag]);
    expect(namesOf(plans)).toEqual({ 'Patient/1': ['1', '1', 'f'] });
  });

  it('need not be in the input', () => {
    const unknown = 'urn:uuid:22222222-2222-4222-8222-222222222222';
    const plans = plan([
      entry('Condition', 'c', { subject: to('Patient/9') }),
      entry('Condition', 'd', { subject: to(unknown) }),
    ]);
    expect(namesOf(plans)).toEqual({ 'Patient/9': ['c'], [unknown]: ['d'] });
  });

  it('is that of what it refers to, over several steps', () => {
    const plans = plan([
      entry('Patient', '1'),
      entry('Patient', '2'),
      entry('Provenance', 'p', { target: [to('Provenance/q')] }),
      entry('Provenance', 'q', { target: [to('Condition/c')] }),
      entry('Condition', 'c', { subject: to('Patient/2') }),
    ]);
    expect(namesOf(plans)['Patient/2']).toEqual(['2', 'c', 'p', 'q']);
  });

  it('is nobody where there are several', () => {
    const plans = plan([
      entry('Patient', '1'),
      entry('Patient', '2'),
      entry('Group', 'g', { member: [{ entity: to('Patient/1') }, { entity: to('Patient/2') }] }),
      entry('Basic', 'b', { code: {}, extension: [{ valueReference: to('Group/g') }] }),
    ]);
    expect(namesOf(plans)).toEqual({ 'Patient/1': ['1'], 'Patient/2': ['2'], nobody: ['b', 'g'] });
  });

  it('of a signed bundle is the one in it', () => {
    const fullUrl = 'urn:uuid:77777777-7777-4777-8777-777777777777';
    const patient = { ...entry('Patient', '7'), fullUrl };
    const inside = [entry('Flag', 'f', { subject: to(fullUrl) }), patient];
    const signed = { resourceType: 'Bundle', id: 'b', entry: inside, signature: {} };
    expect(namesOf(plan([{ resource: signed }]))).toEqual({ 'Patient/7': ['b'] });
  });
});

describe('what belongs to nobody', () => {
  const clinic = [
    entry('Practitioner', 'doctor'),
    entry('PractitionerRole', 'role', {
      practitioner: to('Practitioner/doctor'),
      organization: to('Organization/clinic'),
    }),
    entry('Organization', 'clinic'),
    entry('Location', 'unused'),
  ];
  const visit = (patient: string) =>
    entry('Encounter', `visit-${patient}`, {
      subject: to(`Patient/${patient}`),
      participant: [{ individual: to('PractitionerRole/role') }],
    });

  it('goes along with each patient who needs it, by way of others too', () => {
    const plans = plan([...clinic, visit('1'), visit('2')]);
    expect(namesOf(plans)).toEqual({
      'Patient/1': ['clinic', 'doctor', 'role', 'visit-1'],
      'Patient/2': ['clinic', 'doctor', 'role', 'visit-2'],
      nobody: ['unused'],
    });
  });

  it('belongs to the only patient there is', () => {
    const plans = plan([...clinic, visit('1')]);
    expect(namesOf(plans)['Patient/1']).toEqual(['clinic', 'doctor', 'role', 'unused', 'visit-1']);
  });

  it('stays together where there are no patients', () => {
    expect(namesOf(plan(clinic))).toEqual({ nobody: ['clinic', 'doctor', 'role', 'unused'] });
  });
});

describe('several files at once', () => {
  it('refer to each other', () => {
    const plans = plan(
      [entry('Observation', 'o', { subject: to('Patient/1') })],
      [entry('Patient', '1')],
      [entry('Practitioner', 'd')],
    );
    expect(namesOf(plans)).toEqual({ 'Patient/1': ['1', 'd', 'o'] });
  });

  it('refer to their own resources before those of others', () => {
    const visit = (id: string) =>
      entry('Encounter', id, { subject: to('Patient/1'), participant: [to('Practitioner/d')] });
    const plans = plan(
      [visit('a'), entry('Practitioner', 'd', { language: 'de' })],
      [visit('b'), entry('Practitioner', 'd', { language: 'en' })],
      [visit('c')],
    );
    expect(namesOf(plans)).toEqual({ 'Patient/1': ['a', 'b', 'c', 'd', 'd'] });
  });
});
