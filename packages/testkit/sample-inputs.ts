import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A synthetic patient's history: one encounter with a measurement, one prescription. */
export const SAMPLE_BUNDLE = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [
    { resource: { resourceType: 'Patient', id: 'p1', name: [{ family: 'Testperson' }] } },
    {
      resource: {
        ...{ resourceType: 'Encounter', id: 'e1', status: 'finished', class: { code: 'AMB' } },
        ...{ subject: { reference: 'Patient/p1' }, period: { start: '2021-03-04' } },
      },
    },
    {
      resource: {
        ...{ resourceType: 'Observation', id: 'o1', status: 'final', code: { text: 'weight' } },
        ...{ subject: { reference: 'Patient/p1' }, encounter: { reference: 'Encounter/e1' } },
        ...{ effectiveDateTime: '2021-03-04', valueQuantity: { value: 71, unit: 'kg' } },
      },
    },
    {
      resource: {
        ...{ resourceType: 'MedicationRequest', id: 'm1', status: 'active', intent: 'order' },
        ...{ subject: { reference: 'Patient/p1' }, authoredOn: '2021-03-05' },
        medicationCodeableConcept: { text: 'synthetic pill' },
      },
    },
  ],
};

/** Resources of two patients, one a line. */
const TWO_PATIENTS = ['p2', 'p3'].flatMap((id) => [
  { resourceType: 'Patient', id },
  {
    ...{ resourceType: 'Observation', id: `o-${id}`, status: 'final', code: { text: 'pulse' } },
    ...{ subject: { reference: `Patient/${id}` }, effectiveDateTime: '2022-05-06' },
  },
]);

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3);

/** Files such as a person adds to charts, none of a real person. @returns Paths by name. */
export function writeSampleInputs(folder: string) {
  const put = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  // A number with its last zero, which nobody may take away.
  const bundle = JSON.stringify(SAMPLE_BUNDLE, null, 2).replace('"value": 71', '"value": 71.50');
  put('folder/notes.txt', 'a synthetic note');
  put('folder/deeper/unknown.bin', Uint8Array.of(0, 255, 1));
  return {
    bundle: put('history.json', bundle),
    twoPatients: put('two.ndjson', TWO_PATIENTS.map((each) => JSON.stringify(each)).join('\n')),
    pdf: put('scan.pdf', '%PDF-1.4 synthetic'),
    image: put('image.png', PNG),
    folder: join(folder, 'folder'),
    broken: put('broken.json', '{"resourceType": "Patient"'),
  };
}
