import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { CHART_KINDS, type ChartKind } from '@ward/charts';
import { loadCrypto } from '@ward/protocol/crypto';
import { MemoryTerminal } from '@ward/testkit/memory-terminal';
import { codeOf } from '@ward/testkit/refusals';
import { afterAll, describe, expect, it } from 'vitest';
import { assignCharts, parsePatientCharts, type TargetChart } from './assign-charts.ts';
import { findFiles, loadInputs } from './gather-inputs.ts';

const crypto = await loadCrypto();
const folder = mkdtempSync(join(tmpdir(), 'ward-inputs-'));
afterAll(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}
put('many/b.json', '{}');
put('many/a/deep/c.pdf', '%PDF-');
put('many/.hidden', 'no');
put('many/.git/x', 'no');
mkdirSync(join(folder, 'empty'));
symlinkSync(join(folder, 'many'), join(folder, 'many', 'loop'));

describe('finding files', () => {
  it('takes folders whole, in order, without what is hidden', () => {
    const found = findFiles([join(folder, 'many')]).map(({ path }) => relative(folder, path));
    expect(found.slice(0, 2)).toEqual(['many/a/deep/c.pdf', 'many/b.json']);
    expect(found.filter((path) => path.includes('.git') || path.includes('hidden'))).toEqual([]);
  });

  it('ends where a link leads back up', () => {
    expect(findFiles([join(folder, 'many')]).length).toBeLessThan(100);
  });

  it.each([
    ['empty', 'INPUTS_MISSING'],
    ['none', 'FILE_NOT_FOUND'],
  ])('refuses a folder that is %s', (name, code) => {
    expect(codeOf(() => findFiles([join(folder, name)]))).toBe(code);
  });

  it('reads standard input where it is named', async () => {
    const terminal = new MemoryTerminal({ input: new TextEncoder().encode('{"a":1}') });
    const [input] = await loadInputs(findFiles(['-']), 'application/json', terminal);
    expect(input).toMatchObject({ name: '', mediaType: 'application/json' });
    expect(new TextDecoder().decode(input!.bytes)).toBe('{"a":1}');
  });
});

const target = (kind: ChartKind, byte: number): TargetChart => ({
  kind,
  chart: new Uint8Array(32).fill(byte),
});
const general = target('general', 1);
const otherGeneral = target('general', 2);

function bundle(...patients: string[]) {
  const resources = patients.flatMap((id) => [
    { resourceType: 'Patient', id },
    { resourceType: 'Observation', id: `o-${id}`, subject: { reference: `Patient/${id}` } },
  ]);
  const text = resources.map((each) => JSON.stringify(each)).join('\n');
  return [{ bytes: new TextEncoder().encode(text), name: 'all.ndjson' }];
}

function assign(patients: readonly string[], options: Partial<Parameters<typeof assignCharts>[1]>) {
  const none = { only: [], byPatient: new Map(), forced: undefined };
  return assignCharts(bundle(...patients), { ...none, ...options }, crypto);
}

describe('whose charts an input goes into', () => {
  it('are those of the only patient', () => {
    const [assigned] = assign(['1'], { only: [general] });
    expect(assigned).toMatchObject({ target: general, patient: 'Patient/1' });
  });

  it('are never guessed for several patients', () => {
    expect(codeOf(() => assign(['1', '2'], { only: [general] }))).toBe('PATIENT_UNCLEAR');
    expect(codeOf(() => assign(['1'], {}))).toBe('PATIENT_UNCLEAR');
  });

  it('are said for each patient, and for none that was left out', () => {
    const byPatient = new Map([
      ['Patient/1', [general]],
      ['Patient/2', [otherGeneral]],
    ]);
    const assigned = assign(['1', '2'], { byPatient });
    expect(assigned.map(({ patient, target: { chart } }) => [patient, chart[0]])).toEqual([
      ['Patient/1', 1],
      ['Patient/2', 2],
    ]);
    expect(codeOf(() => assign(['1', '2', '3'], { byPatient }))).toBe('PATIENT_UNCLEAR');
  });

  it('take everything where a kind is forced', () => {
    const medications = target('medications', 3);
    const assigned = assign(['1'], { only: [medications], forced: 'medications' });
    expect(assigned.map(({ target: { kind } }) => kind)).toEqual(['medications']);
    expect(CHART_KINDS).toContain('medications');
  });

  it.each([
    ['Patient/1=a1b2c3,d4', { patient: 'Patient/1', charts: ['a1b2c3', 'd4'] }],
    ['urn:uuid:a=b=general', { patient: 'urn:uuid:a=b', charts: ['general'] }],
    ['-=general', { patient: '-', charts: ['general'] }],
  ])('are read from %s', (text, expected) => {
    expect(parsePatientCharts(text)).toEqual(expected);
  });

  it.each(['Patient/1', '=general', 'Patient/1=', ''])('are not read from %j', (text) => {
    expect(codeOf(() => parsePatientCharts(text))).toBe('ARGUMENT_INVALID');
  });
});
