import { CHART_KINDS, type ChartKind } from '@ward/charts';
import { encodeUtf8 } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { CHART_CODES, CHART_LABELS, CHART_ORDER } from './chart-codes.ts';
import { planIngest } from './plan-ingest.ts';

const crypto = await loadCrypto();
const SNOMED = 'http://snomed.info/sct';
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const ALL = CHART_KINDS;
const subject = { reference: 'Patient/1' };

type Resource = {
  readonly resourceType: string;
  readonly id: string;
  readonly [name: string]: unknown;
};

/** Chart of each resource by its id. */
function charts(
  resources: readonly Resource[],
  { held = ALL, chart }: { held?: readonly ChartKind[]; chart?: ChartKind } = {},
): { [id: string]: ChartKind } {
  const entry = resources.map((resource) => ({ resource: { subject, ...resource } }));
  const bytes = encodeUtf8(JSON.stringify({ resourceType: 'Bundle', entry }));
  const options = chart === undefined ? {} : { chart };
  const plans = planIngest([{ bytes, name: '' }], { chartsOf: () => held, ...options }, crypto);
  const units = plans.flatMap((plan) => plan.units);
  const placed = units.flatMap(({ chart, records }) =>
    records.map(({ metadata }) => [metadata.name, chart] as const),
  );
  expect(placed).toHaveLength(resources.length);
  return Object.fromEntries(placed);
}

const coding = (code: string, system = SNOMED) => ({ code: { coding: [{ system, code }] } });
const label = (code: string, system: string | undefined = ACT_CODE) => ({
  meta: { security: [{ ...(system === undefined ? {} : { system }), code }] },
});

function chartOf(parts: object, held: readonly ChartKind[] = ALL, type = 'Observation') {
  return charts([{ resourceType: type, id: 'a', ...parts }], { held }).a;
}

describe('the chart of a resource', () => {
  it('is general when nothing says otherwise', () => {
    expect(chartOf(coding('44054006'))).toBe('general');
  });

  it('is the one that the caller names, whatever labels and codes say', () => {
    const resource = {
      resourceType: 'Condition',
      id: 'a',
      ...coding('370143000'),
      ...label('ETH'),
    };
    expect(charts([resource], { chart: 'emergency-summary' })).toEqual({ a: 'emergency-summary' });
    const work = () => charts([resource], { chart: 'genomics', held: ['general'] });
    expect(codeOf(work)).toBe('INPUT_CHART_MISSING');
  });

  it.each(Object.entries(CHART_LABELS))('labelled %s is %s', (code, chart) => {
    expect(chartOf(label(code))).toBe(chart);
  });

  it('is not changed by labels of other systems, and is by labels without one', () => {
    expect(chartOf(label('PSY', 'http://example.org/own'))).toBe('general');
    expect(chartOf({ meta: { security: [{ code: 'PSY' }] } })).toBe('mental-health');
    expect(chartOf({ meta: { tag: [{ system: ACT_CODE, code: 'PSY' }] } })).toBe('general');
  });

  it('is by label before code, by code before type', () => {
    expect(chartOf({ ...label('GDIS'), ...coding('370143000') })).toBe('genomics');
    expect(chartOf({ reasonCode: [coding('370143000').code] }, ALL, 'MedicationRequest')).toBe(
      'mental-health',
    );
    expect(chartOf({}, ALL, 'MedicationRequest')).toBe('medications');
    expect(chartOf({}, ALL, 'MolecularSequence')).toBe('genomics');
  });

  it('is the most strictly kept of several', () => {
    expect(chartOf({ ...coding('7200002'), reasonCode: [coding('35489007').code] })).toBe(
      'substance-use',
    );
  });

  it('is one that the patient has: the next choice, at last general', () => {
    expect(chartOf(coding('370143000'), ['general', 'medications'])).toBe('general');
    const held = ['general', 'medications'] as const;
    expect(chartOf(label('ETH'), held, 'MedicationStatement')).toBe('medications');
    expect(chartOf({ ...label('ETH'), ...coding('370143000') }, ['general', 'mental-health'])).toBe(
      'mental-health',
    );
    expect(codeOf(() => chartOf({}, ['medications']))).toBe('INPUT_CHART_MISSING');
  });
});

describe('the table of codes', () => {
  const whole = CHART_CODES.flatMap(({ chart, system, codes = [] }) =>
    codes.map((code) => [system, code, chart] as const),
  );
  const prefixes = CHART_CODES.flatMap(({ chart, system, prefixes = [] }) =>
    prefixes.map((prefix) => [system, prefix, chart] as const),
  );

  it('has each code once, and charts in an order', () => {
    const names = [...whole, ...prefixes].map(([system, code]) => `${system}|${code}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { chart } of CHART_CODES) expect(CHART_ORDER).toContain(chart);
  });

  it.each(whole)('puts %s %s into %s', (system, code, chart) => {
    expect(chartOf(coding(code, system))).toBe(chart);
  });

  it.each(prefixes)('puts %s %s and what is below it into %s', (system, prefix, chart) => {
    expect(chartOf(coding(`${prefix}0.1`, system))).toBe(chart);
    expect(chartOf(coding(`${prefix}0.1`.toLowerCase(), system))).toBe(chart);
  });

  it.each(['F17.2', 'F03.9', 'F70', 'E11.9', 'J45', 'Z23', 'N39.0', 'A41.9'])(
    'leaves ICD-10-CM %s in general',
    (code) => {
      expect(chartOf(coding(code, 'http://hl7.org/fhir/sid/icd-10-cm'))).toBe('general');
    },
  );
});

describe('a sensitive resource', () => {
  const depression = { resourceType: 'Condition', id: 'depression', ...coding('370143000') };
  const to = (id: string) => ({ reference: id });

  it('takes along what refers to it, and what refers to that', () => {
    const placed = charts([
      { resourceType: 'ExplanationOfBenefit', id: 'eob', claim: to('Claim/claim') },
      { resourceType: 'Claim', id: 'claim', prescription: to('MedicationRequest/drug') },
      {
        resourceType: 'MedicationRequest',
        id: 'drug',
        reasonReference: [to('Condition/depression')],
      },
      { resourceType: 'MedicationRequest', id: 'other' },
      depression,
    ]);
    expect(placed).toEqual({
      ...{ depression: 'mental-health', drug: 'mental-health', claim: 'mental-health' },
      ...{ eob: 'mental-health', other: 'medications' },
    });
  });

  it('takes along its parts: results of a report, goals of a plan', () => {
    const placed = charts([
      {
        resourceType: 'DiagnosticReport',
        id: 'report',
        ...label('HIV'),
        result: [to('Observation/r')],
      },
      { resourceType: 'Observation', id: 'r', hasMember: [to('Observation/member')] },
      { resourceType: 'Observation', id: 'member' },
      { resourceType: 'Observation', id: 'other' },
    ]);
    expect(placed).toMatchObject({ r: 'reproductive-health', member: 'reproductive-health' });
    expect(placed.other).toBe('general');
  });

  it('does not take along its encounter, or what else happened there', () => {
    const encounter = to('Encounter/e');
    const placed = charts([
      { resourceType: 'Encounter', id: 'e' },
      { ...depression, encounter },
      { resourceType: 'Observation', id: 'weight', encounter },
    ]);
    expect(placed).toEqual({
      ...{ e: 'general', weight: 'general', depression: 'mental-health' },
    });
  });

  it('makes its encounter sensitive when the encounter itself names it', () => {
    const diagnosis = [{ condition: to('Condition/depression') }];
    const placed = charts([
      { resourceType: 'Encounter', id: 'e', diagnosis },
      depression,
      { resourceType: 'Observation', id: 'weight', encounter: to('Encounter/e') },
    ]);
    expect(placed).toEqual({ e: 'mental-health', depression: 'mental-health', weight: 'general' });
  });

  it('is found by labels and codes of what it contains', () => {
    const contained = [{ resourceType: 'Condition', id: 'c', ...label('SUD') }];
    expect(chartOf({ contained })).toBe('substance-use');
  });
});
