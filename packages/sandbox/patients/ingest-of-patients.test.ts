import type { ChartKind } from '@ward/charts';
import { loadCrypto } from '@ward/protocol/crypto';
import { planIngest } from '@ward/sdk/ingest';
import { describe, expect, it } from 'vitest';
import { generatePatients } from './generate-patients.ts';

const crypto = await loadCrypto();
const HELD: readonly ChartKind[] = [
  'general',
  'medications',
  'mental-health',
  'reproductive-health',
];
const patients = [...generatePatients({ count: 60, seed: 11, today: '2026-11-22' })];

function plansOf(bundle: Uint8Array) {
  return planIngest([{ bytes: bundle, name: 'patient.json' }], { chartsOf: () => HELD }, crypto);
}

const decoder = new TextDecoder();

/** A resource as text, with the content of a document in it. */
function readText(bytes: Uint8Array): string {
  const text = decoder.decode(bytes);
  const { data } = JSON.parse(text) as { data?: string };
  return data === undefined ? text : Buffer.from(data, 'base64').toString('latin1');
}

/** Chart and type of each record in which there are such words. */
function placesOf(bundle: Uint8Array, words: RegExp): string[] {
  return plansOf(bundle)
    .flatMap(({ units }) => units)
    .flatMap(({ chart, records }) =>
      records
        .filter(({ bytes }) => words.test(readText(bytes)))
        .map(({ metadata }) => `${chart} ${metadata.resourceType}`),
    );
}

describe('the bundle of a generated patient', () => {
  it('is planned for one patient, and nothing of it is lost', () => {
    for (const { bundle, id, resourceCount } of patients) {
      const plans = plansOf(bundle);
      expect(plans.map(({ patient }) => patient)).toEqual([`Patient/${id}`]);
      const names = plans[0]!.units.flatMap(({ records }) =>
        records.map((one) => one.metadata.name),
      );
      expect(new Set(names).size).toBe(resourceCount);
    }
  });

  it.each<[chapter: 'depression' | 'pregnancy', chart: ChartKind, traces: RegExp]>([
    [
      'depression',
      'mental-health',
      /depression|sertraline|psychiatry|370143000|"F32.1"|312941|44261-6|talking|score is/i,
    ],
    ['pregnancy', 'reproductive-health', /pregnan|72892002|"Z34.90"|66348005|2106-3|birth w/i],
  ])('tells of %s in the chart %s and in no other', (chapter, chart, traces) => {
    const affected = patients.filter(({ chapters }) => chapters.includes(chapter));
    expect(affected.length).toBeGreaterThan(0);
    for (const { bundle } of affected) {
      const places = placesOf(bundle, traces);
      expect(places).toContain(`${chart} Condition`);
      expect(places.filter((place) => !place.startsWith(chart))).toEqual([]);
    }
  });

  it('has a caption that says no birthday: only months of care', () => {
    for (const { bundle, birthDate } of patients.filter(({ birthDate }) => birthDate < '2000')) {
      const months = plansOf(bundle)[0]!.units.map(({ caption }) => caption.month);
      const [year, month] = birthDate.split('-').map(Number);
      expect(months).not.toContain(12 * year! + month! - 1);
    }
  });
});
