// A person keeps a record of their own: sealed, found again, verified, opened, backed up.
//
//   npm start -- --home sandbox        in one terminal
//   node examples/own-records.ts sandbox
import { readBackup } from '@ward/sdk';
import { makeChart, openNewPerson, sandboxFolder, unitsOf } from './open-sandbox.ts';

const person = await openNewPerson(sandboxFolder(), 'own-records');
const chart = await makeChart(person);

// Both keys are the owner's: no custodian is asked, nobody sees what is written.
const units = await unitsOf('diary.txt', 'Slept badly, walked an hour (synthetic)\n');
const [added] = await person.records.add(chart, { units });
console.log(`written: unit ${added!.n} of epoch ${added!.epoch}`);

// A unit that a vault withheld would be in the list all the same, with a problem.
for (const unit of await person.records.list(chart)) {
  console.log(`found: ${unit.caption!.kind}, ${unit.problem ?? 'verified'}`);
  for (const { metadata, bytes } of await person.records.open(chart, unit)) {
    console.log(`opened: ${metadata.name}: ${new TextDecoder().decode(bytes).trim()}`);
  }
}

// One file with a passphrase is enough to have all of it again on another device.
const passphrase = 'correct horse battery staple';
const backup = await person.wallet.backUp(passphrase);
const { events } = await readBackup(backup, passphrase);
console.log(`backed up: ${events.length} events in ${backup.length} bytes`);
