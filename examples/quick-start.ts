// A network on this machine; a record that one hospital writes and another one opens; who looked.
//
//   npm install @ward/sdk @ward/sandbox
//   node quick-start.ts
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RecordInput, signStaffRequest } from '@ward/charts';
import { decodeUtf8, encodeUtf8 } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { startNetwork } from '@ward/sandbox/network';
import { openPerson, saveNetworkFile } from '@ward/sdk/node';

const DAY_SECONDS = 86_400;
const crypto = await loadCrypto();
const home = mkdtempSync(join(tmpdir(), 'ward-quick-start-'));
const network = await startNetwork({ home });

// A synthetic record: this is about nobody.
function record(text: string): RecordInput {
  const bytes = encodeUtf8(text);
  const metadata = {
    mediaType: 'text/plain',
    resourceType: '',
    name: 'visit.txt',
    inputDigest: crypto.sha256(bytes),
    sizeBytes: bytes.length,
  };
  return { metadata, open: () => [bytes] };
}

try {
  // A person makes a chart: two vaults keep it, three of five custodians must agree to open it.
  const path = join(home, 'person');
  saveNetworkFile(path, network.networkFile);
  const { ward: person, close } = await openPerson({ path, carrierDelayMsMax: 0 });
  const hospitalA = network.organisation('hospital-a');
  const hospitalB = network.organisation('hospital-b');
  const vaults = [hospitalA.id, network.organisation('patients-association').id];
  const custodians = network.custodians.map(
    ({ organisation }) => network.organisation(organisation).id,
  );
  const chart = await person.charts.create({ kind: 'general', vaults, custodians, threshold: 3 });

  // Hospital A gets a card and writes, with public keys only: the person may be away.
  await person.charts.sendCard(chart, hospitalA.id);
  const writer = await network.openOrganisation('hospital-a');
  await writer.ward.access.collect();
  const caption = { kind: 'encounter', month: 12 * 2026 + 10 } as const;
  const units = [{ caption, records: [record('A visit, and nothing found.')] }];
  await writer.ward.records.add({ chart, units, credential: 'A physician (synthetic)' });
  writer.close();

  // The person lets Hospital B read for a day.
  const { leaf } = await person.consent.grant({
    chart,
    grantee: hospitalB.id,
    purposes: ['TREAT'],
    until: person.connection.now() + DAY_SECONDS,
  });

  // At Hospital B a physician asks; custodians tell the person first, and then release the key.
  const reader = await network.openOrganisation('hospital-b');
  await reader.ward.access.collect();
  const [unit] = await reader.ward.access.list(leaf);
  const physician = hospitalB.staff.find(({ role }) => role === 'physician');
  const asked = { leaf, units: [unit!], purpose: 'TREAT', reason: 'consultation' } as const;
  const request = reader.ward.access.request(asked);
  const { realm } = reader.ward.connection;
  const signer = { staff: physician!, keyPair: physician!.keyPair };
  const actor = signStaffRequest(request, signer, systemRandom, realm);
  const opened = await reader.ward.access.open({ ...asked, actor });
  console.log(`opened: ${decodeUtf8(opened.units[0]!.records[0]!.bytes)}`);
  reader.close();

  // The log is complete: it was walked to the first place that the ledger proves empty.
  const { openings } = await person.access.log(chart);
  for (const { actor: who, isUnexplained } of openings) {
    console.log(`looked: ${isUnexplained ? 'nobody says who' : `${who!.name}, ${who!.role}`}`);
  }
  close();
} finally {
  await network.close();
  rmSync(home, { recursive: true });
}
