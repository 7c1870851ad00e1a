import { CHART_KINDS } from '@ward/charts';
import { encodeUtf8 } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { fuzz } from '@ward/testkit/fuzz';
import { inputsFor, tellFuzz } from '@ward/testkit/fuzz-runs';
import { expect, it } from 'vitest';
import { planIngest } from './plan-ingest.ts';

const crypto = await loadCrypto();

const to = (reference: string) => ({ reference });
const subject = to('urn:uuid:11111111-1111-4111-8111-111111111111');
const BUNDLE = {
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [
    { fullUrl: subject.reference, resource: { resourceType: 'Patient', id: 'p' } },
    {
      fullUrl: 'https://host/fhir/Encounter/e',
      resource: { resourceType: 'Encounter', id: 'e', subject, period: { start: '2020-01-01' } },
    },
    {
      resource: {
        resourceType: 'Condition',
        meta: { security: [{ system: 'urn:oid:2.16.840.1.113883.5.4', code: 'PSY' }] },
        code: { coding: [{ system: 'http://snomed.info/sct', code: '370143000' }] },
        subject,
        encounter: to('Encounter/e'),
        contained: [{ resourceType: 'Location', id: 'x' }],
        stage: [{ value: 1.0 }, -2.5e-3, null, true, 'é😀\\u00e9'],
      },
      request: { method: 'POST', url: 'Condition' },
    },
  ],
};
const LINES = '{"resourceType":"Patient","id":"1"}\n{"resourceType":"Flag","subject":null}\r\n';

const samples = [
  encodeUtf8(JSON.stringify(BUNDLE)),
  encodeUtf8(JSON.stringify(BUNDLE, null, 1)),
  encodeUtf8(LINES),
  encodeUtf8('%PDF-1.4\n1 0 obj'),
];
const words = [
  ...['"', '\\', '{', '}', '[', ']', ',', ':', '{"', '"}', '\\u', '\\ud83d', '[['.repeat(40), '\n'],
  ...['"resourceType":', '"entry":', '"resource":', '"fullUrl":', '"reference":', '"subject":'],
  ...['"Bundle"', '"Patient"', '"signature":1,', 'urn:uuid:', '"Encounter/e"', '_history', '1e999'],
  ...[
    '"__proto__":',
    '"meta":',
    '\ufeff',
    '\u0000',
    '"\\u0000"',
    '"2020-99-99"',
    '"url":"Binary/1"',
  ],
];

it.each([
  ['a JSON file', 'input.json'],
  ['NDJSON', 'input.ndjson'],
  ['a file without a name', ''],
])('takes a million mutated inputs as %s: each is planned or has a code', (kind, name) => {
  const parse = (bytes: Uint8Array) => {
    const plans = planIngest([{ bytes, name }], { chartsOf: () => CHART_KINDS }, crypto);
    const total = plans.flatMap(({ units }) => units).length;
    if (plans.length > 0 && total === 0) throw new TypeError('a patient without units');
  };
  const report = fuzz({ parse, samples, words }, { seed: 20, runs: inputsFor(1_000_000) });
  tellFuzz(`records from ${kind}`, report);
  expect(report.accepted).toBeGreaterThan(1000);
  expect([...report.codes.keys()]).toEqual(expect.arrayContaining(['INPUT_EMPTY']));
});
