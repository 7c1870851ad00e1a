import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ChartKind } from '@ward/charts';
import { generatePatients } from '@ward/sandbox/patients';
import type { OrganisationWard, PersonWard } from '@ward/sdk';
import { planIngest } from '@ward/sdk/ingest';
import { type BenchRow, boundedRow, plainRow } from './bench-row.ts';
import { BenchNetwork } from './stage/bench-network.ts';
import { cpuEach, cpuUntilNow } from './stage/cpu-of-servers.ts';
import { CallTimes } from './stage/timed-transport.ts';

const SYNTHEA = new URL('../../shared/data/synthea/', import.meta.url);
const CHARTS = ['general', 'medications', 'mental-health'] as const;
/** Where there are no files, so many stories are generated. */
const GENERATED = 60;
const GENERATED_DAY = '2026-11-22';
/** Files in work at once: while one waits for the ledger, another is sealed. */
const AT_ONCE = 4;
const MS = 1000;

interface Bundle {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What was written of a bundle, and for whom. */
interface Patient {
  readonly bundle: Bundle;
  readonly ward: PersonWard;
}

/**
 * FHIR bundles to sealed, stored, committed, verified: hospital A plans units, seals each record,
 * stores bodies and manifests in two vaults, commits every unit in a slot of the ledger; then each
 * patient's wallet proves slots and absences, fetches every manifest and every body, decrypts and
 * checks them down to the leaf. A record is one FHIR resource. Servers are processes of their own.
 */
export async function run(): Promise<BenchRow[]> {
  const { from, bundles } = loadBundles();
  const rows = measureRows(bundles);
  const calls = new CallTimes();
  const stage = await BenchNetwork.start(calls);
  try {
    const writer = await stage.organisation('hospital-a');
    const patients: Patient[] = [];
    for (const bundle of bundles) {
      patients.push({ bundle, ward: await stage.person({ kinds: CHARTS }) });
    }
    await writer.access.collect();
    const before = await cpuUntilNow(stage.network);
    const startMs = performance.now();
    const written = await sum(patients, (patient) => write(patient, writer));
    const writtenMs = performance.now();
    const verified = await sum(patients, verify);
    const endMs = performance.now();
    if (written !== verified) throw new Error('what was verified is not what was written');
    const value = written / ((endMs - startMs) / MS);
    const cpu = cpuEach(before, await cpuUntilNow(stage.network), written);
    const metric = `ingest.${from}`;
    return [
      boundedRow({ metric, value, unit: 'records/s' }, { atLeast: 2000 }),
      {
        ...{ metric: `${metric}-by-plain-rows`, value, unit: 'records/s' },
        ...{ baseline: rows.perSecond, ratio: value / rows.perSecond, target: null, held: null },
      },
      plainRow('ingest.written', written / ((writtenMs - startMs) / MS), 'records/s'),
      plainRow('ingest.verified', written / ((endMs - writtenMs) / MS), 'records/s'),
      plainRow('ingest.records', written, 'records in all charts'),
      plainRow('ingest.resources', rows.count, 'resources in all files'),
      ...Object.entries(cpu).map(([who, ms]) => plainRow(`ingest.cpu-${who}`, ms, 'CPU ms each')),
    ];
  } finally {
    await stage.close();
  }
}

function loadBundles(): { from: string; bundles: Bundle[] } {
  if (existsSync(SYNTHEA)) {
    const names = readdirSync(SYNTHEA).filter((name) => name.endsWith('.json'));
    const read = (name: string) => new Uint8Array(readFileSync(new URL(name, SYNTHEA)));
    return { from: 'synthea', bundles: names.map((name) => ({ name, bytes: read(name) })) };
  }
  const options = { count: GENERATED, seed: 1, today: GENERATED_DAY };
  const bundles = [...generatePatients(options)].map(({ id, bundle }) => ({
    name: `${id}.json`,
    bytes: bundle,
  }));
  return { from: 'generated', bundles };
}

/** Does something for every patient, a few at once, and adds up what it gives. */
async function sum(
  patients: readonly Patient[],
  work: (patient: Patient) => Promise<number>,
): Promise<number> {
  const left = [...patients];
  let total = 0;
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const done = await work(next);
      total += done;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return total;
}

/** From the file's bytes to committed slots. @returns How many records were written. */
async function write({ bundle, ward }: Patient, writer: OrganisationWard): Promise<number> {
  let records = 0;
  for (const { units } of planIngest(
    [bundle],
    { chartsOf: () => CHARTS },
    ward.keys.realm.crypto,
  )) {
    for (const kind of CHARTS) {
      const wanted = units.filter(({ chart }) => chart === kind);
      records += await writeChart({ ward, kind, wanted }, writer);
    }
  }
  return records;
}

interface ChartUnits {
  readonly ward: PersonWard;
  readonly kind: ChartKind;
  readonly wanted: ReturnType<typeof planIngest>[number]['units'];
}

async function writeChart(
  { ward, kind, wanted }: ChartUnits,
  writer: OrganisationWard,
): Promise<number> {
  if (wanted.length === 0) return 0;
  const units = wanted.map(({ caption, records }) => ({
    caption,
    records: records.map(({ metadata, bytes }) => ({ metadata, open: () => [bytes] })),
  }));
  const { chart } = ward.keys.chart(kind);
  const added = await writer.records.add({ chart, units, credential: 'Clinician (synthetic)' });
  if (added.length !== units.length) throw new Error('not every unit was added');
  return units.reduce((all, { records }) => all + records.length, 0);
}

async function verify({ ward }: Patient): Promise<number> {
  let records = 0;
  for (const kind of CHARTS) {
    const check = await ward.records.verify(kind);
    if (check.broken.length > 0) throw new Error('a unit does not verify');
    records += check.records;
  }
  return records;
}

/** The same resources as rows of JSON with a row of audit each, in a file that is synced. */
function measureRows(bundles: readonly Bundle[]): { perSecond: number; count: number } {
  const folder = mkdtempSync(join(tmpdir(), 'ward-bench-rows-'));
  const database = new DatabaseSync(join(folder, 'rows.sqlite'));
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ' +
      'CREATE TABLE records (id INTEGER PRIMARY KEY, file TEXT, type TEXT, json TEXT); ' +
      'CREATE TABLE audit (id INTEGER PRIMARY KEY, record INTEGER, who TEXT, time INTEGER)',
  );
  const record = database.prepare('INSERT INTO records (file, type, json) VALUES (?, ?, ?)');
  const audit = database.prepare('INSERT INTO audit (record, who, time) VALUES (?, ?, ?)');
  let count = 0;
  const startMs = performance.now();
  for (const { name, bytes } of bundles) {
    const { entry } = JSON.parse(new TextDecoder().decode(bytes)) as {
      entry: { resource: { resourceType: string } }[];
    };
    database.exec('BEGIN');
    for (const { resource } of entry) {
      const { lastInsertRowid } = record.run(name, resource.resourceType, JSON.stringify(resource));
      audit.run(lastInsertRowid, 'Clinician (synthetic)', Math.floor(Date.now() / MS));
      count++;
    }
    database.exec('COMMIT');
  }
  const perSecond = count / ((performance.now() - startMs) / MS);
  database.close();
  rmSync(folder, { recursive: true });
  return { perSecond, count };
}
