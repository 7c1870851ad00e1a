import { describe, expect, it } from 'vitest';
import { generatePatients } from './generate-patients.ts';
import { SYNTHETIC_MARK } from './names.ts';
import { searchTerms } from './search-terms.ts';

const [patient] = [...generatePatients({ count: 1, seed: 3, today: '2026-11-22' })];
const terms = searchTerms(patient!);
const text = new TextDecoder().decode(patient!.bundle);

describe('the terms to search a ledger for', () => {
  it('are the names, also alone, the birthday and the ids of a patient', () => {
    const [given, family] = patient!.name.split(' ');
    expect(terms).toEqual(expect.arrayContaining([given, family, patient!.birthDate, patient!.id]));
    expect(terms).toContain(`urn:uuid:${patient!.id}`);
  });

  it('are identifiers, addresses, telephone numbers and mail addresses', () => {
    for (const pattern of [/^SYN-\d{8}$/, /^SYN-C-/, /@example\.org$/, /^\+1 555 0/, /^00\d{3}$/]) {
      expect(terms.filter((term) => pattern.test(term)).length, String(pattern)).toBeGreaterThan(0);
    }
  });

  it('are codes and words of what the patient has, and every date', () => {
    const wanted = ['44054006', 'E11.9', '370143000', '861007', '4548-4', 'Diabetes of type 2'];
    expect(terms).toEqual(expect.arrayContaining(wanted));
    const dates = new Set(text.match(/\d{4}-\d{2}-\d{2}(?=[T"])/g));
    expect(dates.size).toBeGreaterThan(10);
    for (const date of dates) expect(terms).toContain(date);
  });

  it('are not words that a ledger may have of its own', () => {
    for (const word of ['final', 'finished', 'laboratory', 'HTEST', 'Patient', 'mm[Hg]', 'USD']) {
      expect(terms).not.toContain(word);
    }
    expect(terms).not.toContain(SYNTHETIC_MARK);
    for (const term of terms) expect(term.length).toBeGreaterThanOrEqual(5);
    expect(terms.filter((term) => / (Hospital|Laboratory|Health Plan)$/.test(term))).toEqual([]);
  });

  it('stand in the bundle, each once and in order', () => {
    for (const term of terms) expect(text).toContain(JSON.stringify(term).slice(1, -1));
    expect(terms).toEqual([...new Set(terms)].sort());
    expect(terms.length).toBeGreaterThan(200);
  });

  it('are found in any FHIR, however it is nested', () => {
    const name = [{ family: 'Sample', given: ['Ann-Marie'] }];
    const resource = { resourceType: 'Patient', name, birthDate: '1970-01-01' };
    const bundle = new TextEncoder().encode(JSON.stringify({ a: [{ b: resource }] }));
    expect(searchTerms({ bundle })).toEqual(['1970-01-01', 'Ann-Marie', 'Sample']);
  });
});
