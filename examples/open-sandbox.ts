import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { createWard, type PersonWard, type UnitToAdd } from '@ward/sdk';
import { planIngest } from '@ward/sdk/ingest';
import { loadNetworkFile, openOrganisation, openPerson, saveNetworkFile } from '@ward/sdk/node';

// What the examples share: the homes of a sandbox that runs, and nothing of Ward itself.

/** Folder of the sandbox, from the command line. */
export function sandboxFolder(): string {
  const [, program, folder] = process.argv;
  if (folder !== undefined && existsSync(join(folder, 'sandbox.json'))) return folder;
  console.error(`node ${program} FOLDER: that of a sandbox that runs (npm start -- --home FOLDER)`);
  process.exit(2);
}

/** The wallet of a person who is made for one example, in a folder of its own. */
export async function openNewPerson(sandbox: string, name: string): Promise<PersonWard> {
  const path = join(sandbox, 'patients', `${name}-${Date.now()}`);
  saveNetworkFile(path, loadNetworkFile(join(sandbox, 'hospital-a')));
  const { ward, close } = await openPerson({ path, carrierDelayMsMax: 0 });
  process.once('exit', close);
  return ward;
}

/** An organisation's client, over the key service in its home. */
export async function openHospital(sandbox: string, folder: string) {
  const { ward, close } = await openOrganisation({ path: join(sandbox, folder) });
  process.once('exit', close);
  return ward;
}

/** A client that has no keys, and the network file only. */
export function openReader(sandbox: string) {
  const networkFile = loadNetworkFile(join(sandbox, 'hospital-a'));
  return createWard({ networkFile, transport: httpTransport });
}

/** Makes a general chart: all vaults of the network keep it, three of its custodians must agree. */
export async function makeChart({ charts, directory }: PersonWard): Promise<Uint8Array> {
  const members = await directory.list();
  const vaults = members.filter(({ organisation }) => organisation.endpoints.vault !== null);
  const custodians = members.filter(({ organisation }) => organisation.custodian !== null);
  return charts.create({
    kind: 'general',
    vaults: vaults.map(({ id }) => id),
    custodians: custodians.map(({ id }) => id),
    threshold: 3,
  });
}

/** The member of the network with this name, as the ledger proves it. */
export async function memberNamed(name: string, { directory }: Pick<PersonWard, 'directory'>) {
  const members = await directory.list();
  const found = members.find(({ organisation }) => organisation.name === name);
  if (found === undefined) throw new Error(`the network has no ${name}`);
  return found.id;
}

/** Units of one file: FHIR, PDF, text, anything. */
export async function unitsOf(name: string, content: string): Promise<UnitToAdd[]> {
  const bytes = new TextEncoder().encode(content);
  const options = { chartsOf: () => ['general'] as const };
  const plans = planIngest([{ name, bytes }], options, await loadCrypto());
  return plans.flatMap(({ units }) =>
    units.map(({ caption, records }) => ({
      caption,
      records: records.map((record) => ({
        metadata: record.metadata,
        open: () => [record.bytes],
      })),
    })),
  );
}
