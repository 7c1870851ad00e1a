// A patient lets a hospital read for a day; a physician opens a unit; the patient ends it.
//
//   npm start -- --home sandbox        in one terminal
//   node examples/grant-and-open.ts sandbox
import { join } from 'node:path';
import { signStaffRequest } from '@ward/charts';
import { WardError } from '@ward/protocol';
import { systemRandom } from '@ward/protocol/crypto';
import type { UnitSummary } from '@ward/sdk';
import { listStaffKeys, staffKeyPair } from '@ward/sdk/node';
import {
  makeChart,
  memberNamed,
  openHospital,
  openNewPerson,
  sandboxFolder,
  unitsOf,
} from './open-sandbox.ts';

const sandbox = sandboxFolder();
const patient = await openNewPerson(sandbox, 'grant-and-open');
const chart = await makeChart(patient);
await patient.records.add(chart, { units: await unitsOf('note.txt', 'An allergy (synthetic)\n') });

// Nothing of the grant is on the ledger: it is a leaf of the roster, and an envelope in the inbox.
const { leaf } = await patient.consent.grant({
  chart,
  grantee: await memberNamed('Hospital B', patient),
  purposes: ['TREAT'],
  until: patient.connection.now() + 24 * 3600,
  openingsMax: 5,
});

const hospital = await openHospital(sandbox, 'hospital-b');
await hospital.access.collect();
const [unit] = await hospital.access.list(leaf);
const { realm } = hospital.connection;

// Who opens signs for it; the entry commits to that signature, and the patient can read it.
async function openAsStaff(chosen: UnitSummary) {
  const [staff] = listStaffKeys(join(sandbox, 'hospital-b'));
  const asked = { leaf, units: [chosen], purpose: 'TREAT', reason: 'consultation' } as const;
  const signer = { staff: staff!, keyPair: staffKeyPair(staff!, realm.crypto) };
  const request = hospital.access.request(asked);
  const actor = signStaffRequest(request, signer, systemRandom, realm);
  return hospital.access.open({ ...asked, actor });
}

const { units, receipts } = await openAsStaff(unit!);
const [record] = units[0]!.records;
console.log(`opened: ${new TextDecoder().decode(record!.bytes).trim()}`);
console.log(`released by ${receipts.length} custodians, each with a signed receipt`);

await patient.consent.revoke(chart, leaf);
const refused = await openAsStaff(unit!).catch((error: unknown) => error);
if (!(refused instanceof WardError)) throw new Error('it should have been refused');
console.log(`after the revocation: ${refused.code}`);
