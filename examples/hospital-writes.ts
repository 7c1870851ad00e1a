// A hospital writes into a patient's chart while the patient is away: it has a card, and no key.
//
//   npm start -- --home sandbox        in one terminal
//   node examples/hospital-writes.ts sandbox
import {
  makeChart,
  memberNamed,
  openHospital,
  openNewPerson,
  sandboxFolder,
  unitsOf,
} from './open-sandbox.ts';

const OBSERVATION = {
  resourceType: 'Observation',
  meta: { tag: [{ code: 'HTEST', display: 'synthetic' }] },
  status: 'final',
  code: { text: 'Body weight' },
  subject: { reference: 'Patient/example' },
  effectiveDateTime: '2026-11-20',
  valueQuantity: { value: 71.5, unit: 'kg' },
};

const sandbox = sandboxFolder();
const patient = await openNewPerson(sandbox, 'hospital-writes');
const chart = await makeChart(patient);

// The card says how the chart is found and authenticated; it lies sealed in the hospital's inbox.
await patient.charts.sendCard(chart, await memberNamed('Hospital A', patient));

const hospital = await openHospital(sandbox, 'hospital-a');
const { cards } = await hospital.access.collect();
console.log(`collected: ${cards} card${cards === 1 ? '' : 's'}`);
const units = await unitsOf('weight.json', JSON.stringify(OBSERVATION));
const write = () => hospital.records.add({ chart, units, credential: 'A nurse (synthetic)' });
console.log(`written: ${(await write()).length} unit`);
console.log(`written again: ${(await write()).length} units, it is there already`);

// The wallet walks the hospital's slots to the first that is proved empty: nothing can be missing.
for (const { caption, author, problem } of await patient.records.list(chart)) {
  const state = problem ?? 'author, root and slot verified';
  console.log(`found: ${caption!.kind} by ${author!.credential}: ${state}`);
}
