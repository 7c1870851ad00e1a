import { loadCrypto } from '@ward/protocol/crypto';
import { describe, expect, it } from 'vitest';
import { loadWalkPatients } from './walk-patient.ts';

const crypto = await loadCrypto();
const TODAY = '2026-01-02';

function bundleOf(patients: number): Uint8Array {
  const entry = Array.from({ length: patients }, (_, i) => [
    {
      fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${i}`,
      resource: { resourceType: 'Patient', name: [{ family: `Synthetic-Name-${i}` }] },
    },
    {
      fullUrl: `urn:uuid:10000000-0000-4000-8000-00000000000${i}`,
      resource: {
        resourceType: 'VisionPrescription',
        patient: { reference: `urn:uuid:00000000-0000-4000-8000-00000000000${i}` },
      },
    },
  ]).flat();
  return Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }));
}

function load(bundles: readonly { name: string; bytes: Uint8Array }[], patients = 2) {
  return loadWalkPatients({ patients, seed: 7, bundles }, TODAY, crypto);
}

describe('the patients of the walk', () => {
  it('are generated alike from one seed, and differently from another', () => {
    const ids = (seed: number) =>
      loadWalkPatients({ patients: 1, seed, bundles: [] }, TODAY, crypto)[0]!.terms.join();
    expect(ids(7)).toBe(ids(7));
    expect(ids(8)).not.toBe(ids(7));
    expect(load([])).toHaveLength(2);
  });

  it('are as many as a bundle has, each with units of their own', () => {
    const patients = load([{ name: 'three.json', bytes: bundleOf(3) }]);
    expect(patients.map(({ folder }) => folder)).toEqual(['patient-1', 'patient-2', 'patient-3']);
    for (const { units } of patients) {
      const types = units.flatMap(({ records }) => records.map((r) => r.metadata.resourceType));
      expect(types.sort()).toEqual(['Patient', 'VisionPrescription']);
    }
    expect(patients[0]!.terms).toContain('Synthetic-Name-0');
  });

  it('are refused when a bundle has none', () => {
    const empty = Buffer.from(JSON.stringify({ resourceType: 'Bundle', type: 'transaction' }));
    expect(() => load([{ name: 'empty.json', bytes: empty }])).toThrow(
      expect.objectContaining({ code: 'SANDBOX_PATIENTS' }),
    );
  });

  it('are searched for by what their lines say when the file is NDJSON', () => {
    const lines = ['Patient', 'Basic'].map((resourceType) =>
      JSON.stringify({ resourceType, id: `synthetic-${resourceType}` }),
    );
    const [patient] = load([{ name: 'two.ndjson', bytes: Buffer.from(lines.join('\n')) }]);
    expect(patient!.terms).toEqual(['synthetic-Patient', 'synthetic-Basic']);
  });

  it('are refused when the file is no JSON', () => {
    const bytes = Buffer.from('{"resourceType":');
    expect(() => load([{ name: 'cut.json', bytes }])).toThrow(
      expect.objectContaining({ code: expect.any(String) }),
    );
  });
});
