import { CHART_KINDS } from '@ward/charts';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { describe, expect, it } from 'vitest';
import { INGEST_LIMITS } from './limits.ts';
import { planIngest } from './plan-ingest.ts';

const crypto = await loadCrypto();
const MEGABYTE = 1024 * 1024;
/** Many times what it takes on an idle machine; a parser that went quadratic takes hours. */
const SECONDS_MAX = 60;

const encoder = new TextEncoder();

function plan(bytes: Uint8Array) {
  return planIngest([{ bytes, name: 'input.json' }], { chartsOf: () => CHART_KINDS }, crypto);
}

/** Resources of 300 visits of each of ten patients, ten to a visit, each with a long note. */
function largeBundle(): Uint8Array {
  const note = 'x'.repeat(1300);
  const entries: string[] = [];
  for (let i = 0; i < 30_000; i++) {
    const patient = `Patient/${i % 10}`;
    const visit = Math.floor(i / 100) * 10 + (i % 10);
    const resource = {
      resourceType: i < 10 ? 'Patient' : 'Observation',
      id: i < 10 ? String(i) : `o${i}`,
      ...(i < 10 ? {} : { subject: { reference: patient } }),
      encounter: { reference: `Encounter/${visit}` },
      performer: [{ reference: 'Practitioner/p' }],
      hasMember: i > 20 ? [{ reference: `Observation/o${i - 10}` }] : undefined,
      note: [{ text: note }],
    };
    entries.push(`{"resource":${JSON.stringify(resource, null, 2)}}`);
  }
  return encoder.encode(`{"resourceType":"Bundle","entry":[${entries.join(',\n')}]}`);
}

describe('a bundle of almost 50 MB', () => {
  it('with 30,000 entries is planned in seconds and in bounded memory', () => {
    const bytes = largeBundle();
    expect(bytes.length).toBeGreaterThan(45 * MEGABYTE);
    const beforeBytes = process.memoryUsage().heapUsed;
    const startMs = performance.now();
    const plans = plan(bytes);
    expect(performance.now() - startMs).toBeLessThan(SECONDS_MAX * 1000);
    expect(process.memoryUsage().heapUsed - beforeBytes).toBeLessThan(1024 * MEGABYTE);
    const records = plans.flatMap(({ units }) => units.flatMap((unit) => unit.records));
    expect(plans).toHaveLength(10);
    expect(records).toHaveLength(30_000);
    expect(records.every((record) => record.bytes.buffer === bytes.buffer)).toBe(true);
  });
});

const SIZE = INGEST_LIMITS.jsonBytesMax - 1000;
const fill = (piece: string, sizeBytes = SIZE) =>
  piece.repeat(Math.floor(sizeBytes / piece.length));
const bundleOf = (count: number, resource: (i: number) => object) => {
  const entries = Array.from({ length: count }, (_, i) => {
    return `{"resource":${JSON.stringify(resource(i))}}`;
  });
  return `{"resourceType":"Bundle","entry":[${entries.join()}]}`;
};
const to = (reference: string) => ({ reference });

function nestedBundles(): string {
  let text = `{"resourceType":"A","x":"${'y'.repeat(40 * MEGABYTE)}"}`;
  for (let i = 0; i < 30; i++) text = `{"resourceType":"Bundle","entry":[{"resource":${text}}]}`;
  return text;
}

function manyMembers(): string {
  const members = Array.from({ length: INGEST_LIMITS.jsonMembersMax }, (_, i) => `"k${i}":1`);
  return `{"resourceType":"A","x":[${fill(`{${members.join()}},`)}1]}`;
}

const MANY = INGEST_LIMITS.resourcesMax - 1;

describe('input made to be slow', () => {
  it.each<[string, () => string, string | undefined]>([
    ['a million brackets', () => '['.repeat(1_000_000), 'JSON_TOO_DEEP'],
    ['millions of empty lists', () => `[${fill('[],')}[]]`, undefined],
    ['objects of ten thousand members', manyMembers, undefined],
    [
      'millions of references',
      () => `{"resourceType":"A","x":[${fill('{"reference":"b"},')}1]}`,
      'INPUT_TOO_MANY',
    ],
    [
      'millions of resources',
      () => `{"resourceType":"Bundle","entry":[${fill('{"resource":{"resourceType":"A"}},')}{}]}`,
      'INPUT_TOO_MANY',
    ],
    ['bundles in bundles', nestedBundles, undefined],
    [
      'very many patients',
      () => bundleOf(MANY, (i) => ({ resourceType: 'Patient', id: `${i}` })),
      undefined,
    ],
    [
      'a chain of references',
      () => bundleOf(MANY, (i) => ({ resourceType: 'A', id: `${i}`, next: to(`A/${i + 1}`) })),
      undefined,
    ],
    [
      'all that refer to one',
      () => bundleOf(MANY, (i) => ({ resourceType: 'A', id: `${i}`, hub: to('A/0') })),
      undefined,
    ],
    [
      'reports of one list',
      () =>
        bundleOf(MANY, (i) => ({ resourceType: 'DiagnosticReport', id: `${i}`, x: to('List/1') })),
      undefined,
    ],
  ])('%s, has its answer in time', (_, text, code) => {
    const bytes = encoder.encode(text());
    const startMs = performance.now();
    expect(codeOf(() => plan(bytes))).toBe(code);
    expect(performance.now() - startMs).toBeLessThan(SECONDS_MAX * 1000);
  });
});
