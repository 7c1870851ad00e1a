import { encodeUtf8 } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { planIngest } from './plan-ingest.ts';

const crypto = await loadCrypto();

type Resource = {
  readonly resourceType: string;
  readonly id: string;
  readonly [name: string]: unknown;
};

const to = (reference: string) => ({ reference });
const subject = to('Patient/1');
const encounter = (id: string, date = '2020-03-01'): Resource => ({
  resourceType: 'Encounter',
  id,
  period: { start: date },
});

/** Ids of the records of each unit, sorted, and units sorted by their first. */
function groups(...resources: readonly Resource[]): string[] {
  const entry = resources.map((resource) => ({ resource: { subject, ...resource } }));
  const bytes = encodeUtf8(JSON.stringify({ resourceType: 'Bundle', entry }));
  const plans = planIngest([{ bytes, name: '' }], { chartsOf: () => ['general'] }, crypto);
  return plans
    .flatMap(({ units }) => units)
    .map(({ records }) =>
      records
        .map(({ metadata }) => metadata.name)
        .sort()
        .join(' '),
    )
    .sort();
}

describe('resources of an encounter', () => {
  it.each<[string, object]>([
    ['Observation', { encounter: to('Encounter/e') }],
    ['MedicationStatement', { context: to('Encounter/e') }],
    ['DocumentReference', { context: { encounter: [to('Encounter/e')] } }],
    ['Claim', { item: [{ sequence: 1, encounter: [to('Encounter/e')] }] }],
    ['List', { encounter: to('Encounter/e') }],
    ['Composition', { encounter: to('Encounter/e') }],
    ['FutureResource', { visit: to('Encounter/e') }],
  ])('are those that name it: %s %j', (resourceType, rest) => {
    expect(groups({ resourceType, id: 'x', ...rest }, encounter('e'))).toEqual(['e x']);
  });

  it('are together when the encounter itself is elsewhere', () => {
    const there = to('Encounter/elsewhere');
    const unknown = to('urn:uuid:33333333-3333-4333-8333-333333333333');
    expect(
      groups(
        { resourceType: 'Observation', id: 'a', encounter: there },
        { resourceType: 'Condition', id: 'b', encounter: there },
        { resourceType: 'Condition', id: 'c', encounter: unknown },
        { resourceType: 'Procedure', id: 'd', encounter: unknown },
      ),
    ).toEqual(['a b', 'c d']);
  });

  it('are those that refer to them: a bill, its explanation, what it lists', () => {
    expect(
      groups(
        { resourceType: 'ExplanationOfBenefit', id: 'eob', claim: to('Claim/claim') },
        { resourceType: 'Claim', id: 'claim', item: [{ encounter: [to('Encounter/e')] }] },
        encounter('e'),
      ),
    ).toEqual(['claim e eob']);
  });

  it('are those that they refer to: results of a report, a prescription on a bill', () => {
    expect(
      groups(
        { resourceType: 'Observation', id: 'result', specimen: to('Specimen/blood') },
        { resourceType: 'Specimen', id: 'blood' },
        {
          resourceType: 'DiagnosticReport',
          id: 'report',
          encounter: to('Encounter/e'),
          result: [to('Observation/result')],
        },
        { resourceType: 'MedicationRequest', id: 'drug' },
        {
          resourceType: 'Claim',
          id: 'claim',
          item: [{ encounter: [to('Encounter/e')] }],
          prescription: to('MedicationRequest/drug'),
        },
        encounter('e'),
      ),
    ).toEqual(['blood claim drug e report result']);
  });

  it('are not those of another time that only refer to them', () => {
    const condition = { resourceType: 'Condition', id: 'c', encounter: to('Encounter/e') };
    const drug = (id: string, authoredOn: string) => ({
      resourceType: 'MedicationRequest',
      id,
      authoredOn,
      reasonReference: [to('Condition/c')],
    });
    expect(
      groups(
        encounter('e', '2010-01-10'),
        { ...condition, recordedDate: '2010-01-10' },
        drug('soon', '2010-02-01'),
        drug('late', '2019-02-01'),
      ),
    ).toEqual(['c e soon', 'late']);
  });

  it('are not joined by way of what spans encounters', () => {
    const coverage = { resourceType: 'Coverage', id: 'coverage' };
    expect(
      groups(
        encounter('e'),
        {
          resourceType: 'Claim',
          id: 'claim',
          item: [{ encounter: [to('Encounter/e')] }],
          insurance: [{ coverage: to('Coverage/coverage') }],
        },
        coverage,
        { resourceType: 'Claim', id: 'other', insurance: [{ coverage: to('Coverage/coverage') }] },
      ),
    ).toEqual(['claim e', 'coverage', 'other']);
  });

  it('are not joined by way of a list that was made there', () => {
    expect(
      groups(
        encounter('e'),
        {
          resourceType: 'List',
          id: 'list',
          encounter: to('Encounter/e'),
          entry: [{ item: to('Condition/c') }],
        },
        { resourceType: 'Condition', id: 'c' },
      ),
    ).toEqual(['c', 'e list']);
  });

  it('are those of one patient: another one who refers to them was not there', () => {
    const result = {
      resourceType: 'Observation',
      id: 'mother',
      encounter: to('Encounter/elsewhere'),
    };
    const child = (resourceType: string, id: string) => ({
      resourceType,
      id,
      subject: to('Patient/2'),
      derivedFrom: [to('Observation/mother')],
    });
    expect(groups(result, child('Observation', 'a'), child('Condition', 'b'))).toEqual([
      ...['a', 'b', 'mother'],
    ]);
  });

  it('follow references in circles to an end', () => {
    expect(
      groups(
        { resourceType: 'Basic', id: 'a', x: to('Basic/b') },
        { resourceType: 'Basic', id: 'b', x: to('Basic/a'), y: to('Basic/b') },
      ),
    ).toEqual(['a b']);
  });
});

describe('without an encounter', () => {
  it('a report takes along what it reports', () => {
    expect(
      groups(
        { resourceType: 'Observation', id: 'o1' },
        { resourceType: 'DiagnosticReport', id: 'r1', result: [to('Observation/o1')] },
        { resourceType: 'DiagnosticReport', id: 'r2', result: [to('Observation/o2')] },
        { resourceType: 'Observation', id: 'o2' },
      ),
    ).toEqual(['o1 r1', 'o2 r2']);
  });

  it('a document takes along all that it lists, however old, reports too', () => {
    expect(
      groups(
        { resourceType: 'DiagnosticReport', id: 'r', result: [to('Observation/o')] },
        { resourceType: 'Observation', id: 'o' },
        { resourceType: 'Condition', id: 'c', onsetDateTime: '1980-01-01' },
        {
          resourceType: 'Composition',
          id: 'doc',
          date: '2020-01-01',
          section: [{ entry: [to('Condition/c')] }, { entry: [to('DiagnosticReport/r')] }],
        },
      ),
    ).toEqual(['c doc o r']);
  });

  it('a document takes along its content', () => {
    const content = [{ attachment: { url: 'Binary/pdf' } }];
    expect(
      groups(
        { resourceType: 'Binary', id: 'pdf', subject: undefined },
        { resourceType: 'DocumentReference', id: 'letter', content },
      ),
    ).toEqual(['letter pdf']);
  });

  it('the rest goes by type and day', () => {
    const observation = (id: string, effectiveDateTime?: string) => ({
      resourceType: 'Observation',
      id,
      effectiveDateTime,
    });
    expect(
      groups(
        observation('a', '2020-01-01T08:00:00Z'),
        observation('b', '2020-01-01T20:00:00Z'),
        observation('c', '2020-01-02'),
        observation('d'),
        observation('e'),
        { resourceType: 'Procedure', id: 'f', performedDateTime: '2020-01-01' },
      ),
    ).toEqual(['a b', 'c', 'd e', 'f']);
  });
});
