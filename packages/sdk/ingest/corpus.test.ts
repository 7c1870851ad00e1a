import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CHART_KINDS } from '@ward/charts';
import { toHex, WardError } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { type PatientPlan, planIngest } from './plan-ingest.ts';

const crypto = await loadCrypto();
const FOLDER = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));

function filesIn(folder: string): string[] {
  const path = `${FOLDER}${folder}`;
  if (!existsSync(path)) return [];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.json')).sort();
}

interface BundleLike {
  readonly resourceType?: unknown;
  readonly signature?: unknown;
  readonly entry?: readonly { readonly resource?: BundleLike }[];
}

/** Resources of a parsed file, as canonical texts: the platform's reading beside ours. */
function resourcesIn(value: BundleLike): string[] {
  if (value.resourceType !== 'Bundle' || value.signature !== undefined) {
    return [JSON.stringify(value)];
  }
  return (value.entry ?? []).flatMap(({ resource }) =>
    resource === undefined ? [] : resourcesIn(resource),
  );
}

const decoder = new TextDecoder();

/** How often each resource stands in each chart. */
function placesOf(plans: readonly PatientPlan[]): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const { patient, units } of plans) {
    for (const { chart, records } of units) {
      for (const { bytes } of records) {
        const text = JSON.stringify(JSON.parse(decoder.decode(bytes)));
        places.set(text, [...(places.get(text) ?? []), `${patient} ${chart}`]);
      }
    }
  }
  return places;
}

function checkFile(folder: string, name: string): void {
  const bytes = new Uint8Array(readFileSync(`${FOLDER}${folder}/${name}`));
  const wanted = new Set(resourcesIn(JSON.parse(decoder.decode(bytes)) as BundleLike));
  const plans = planIngest(
    [{ bytes, name: 'input.json' }],
    { chartsOf: () => CHART_KINDS },
    crypto,
  );
  const places = placesOf(plans);
  expect(
    [...wanted].filter((text) => !places.has(text)),
    'lost',
  ).toEqual([]);
  expect(
    [...places.keys()].filter((text) => !wanted.has(text)),
    'invented',
  ).toEqual([]);
  for (const [text, charts] of places) {
    expect(new Set(charts).size, 'twice in a chart').toBe(charts.length);
    const { resourceType } = JSON.parse(text) as { resourceType: string };
    const isShared = [
      'Patient',
      'Practitioner',
      'Organization',
      'Location',
      'Medication',
      'Binary',
    ];
    if (!isShared.includes(resourceType)) expect(charts, resourceType).toHaveLength(1);
  }
  const digests = plans.flatMap(({ units }) =>
    units.flatMap((unit) => unit.records.map(({ metadata }) => toHex(metadata.inputDigest))),
  );
  expect(new Set(digests).size).toBe(places.size);
}

const synthea = filesIn('synthea');
const examples = filesIn('fhir-r4-examples').filter((name) => name !== 'package.json');
const cases = filesIn('fhir-test-cases');

describe('of every file of Synthea nothing is lost or doubled', () => {
  it.skipIf(synthea.length === 0)('when the files are there', () => {
    expect(synthea.length).toBeGreaterThan(20);
  });
  it.each(synthea)('in the file %s', (name) => {
    checkFile('synthea', name);
  });
});

describe('of every official example nothing is lost or doubled', () => {
  it.skipIf(examples.length === 0)('when the files are there', () => {
    expect(examples.length).toBeGreaterThan(100);
  });
  it.each(examples)('in the file %s', (name) => {
    checkFile('fhir-r4-examples', name);
  });
});

/** Files of the validator's cases that are no JSON on purpose. */
const BROKEN: { readonly [name: string]: string } = {
  'validator/bad-json-close-1.json': 'JSON_MALFORMED',
  'validator/bad-json-close-3.json': 'JSON_MALFORMED',
  'validator/json-comma-bad-1.json': 'JSON_MALFORMED',
  'validator/json-comments-1.json': 'JSON_MALFORMED',
  'validator/json-no-quotes-1.json': 'JSON_MALFORMED',
};

describe('of every test case of FHIR nothing is lost or doubled, or it is refused', () => {
  it.skipIf(cases.length === 0)('when the files are there', () => {
    expect(cases.length).toBeGreaterThan(100);
  });
  it.each(cases)('in the file %s', (name) => {
    const code = BROKEN[name];
    if (code === undefined) checkFile('fhir-test-cases', name);
    else {
      const bytes = new Uint8Array(readFileSync(`${FOLDER}fhir-test-cases/${name}`));
      const work = () => planIngest([{ bytes, name }], { chartsOf: () => CHART_KINDS }, crypto);
      expect(work).toThrow(WardError);
      expect(work).toThrow(expect.objectContaining({ code }));
    }
  });
});
