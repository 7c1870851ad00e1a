import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Json } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import {
  type CommandActor,
  type CommandOptions,
  CommandStage,
  wordsOf,
} from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { writeSampleInputs } from '@ward/testkit/sample-inputs';
import { afterAll, describe, expect, it } from 'vitest';

const network = await ClientNetwork.start(await loadCrypto(), 7);
const stage = new CommandStage(network);
afterAll(async () => {
  await network.close();
  stage.close();
});

const anna = stage.at(stage.path('anna'));
const hospitalA = stage.at(await stage.organisationHome('hospital-a'));
const hospitalB = stage.at(await stage.organisationHome('hospital-b'));
const { networkPath } = stage;
const files = writeSampleInputs(stage.path('files'));
const ALL_CUSTODIANS = ['laboratory', 'pharmacy', 'payer', 'registrar', 'association']
  .map((name) => `--custodian ${name}`)
  .join(' ');

const shapes = new GoldenShapes();

/** Runs a line for its JSON, and keeps the shape of it for the golden file. */
async function golden<T>(who: CommandActor, line: string, options?: CommandOptions): Promise<T> {
  const json = await who.json<Json>(line, options);
  shapes.keep(wordsOf(line), json, who === anna ? 'person' : 'organisation');
  return json as T;
}

interface Unit {
  readonly unit: string;
  readonly kind: string;
  readonly caption: string;
  readonly records: number;
  readonly state: string;
  readonly organisation: string | null;
}

const unitsOf = async (who: CommandActor, line: string) =>
  (await golden<{ units: Unit[] }>(who, line)).units;
const short = (id: string) => id.slice(0, 8);

describe('a patient begins', () => {
  it('with a home that is a wallet, once', async () => {
    expect(await anna.refusal('record list')).toBe('OWNER_HOME_MISSING 1');
    const create = `wallet create --network ${networkPath} --name Anna`;
    expect(await golden(anna, create)).toMatchObject({ home: anna.home });
    expect(await anna.refusal(create)).toBe('OWNER_HOME_TAKEN 1');
    expect((await anna.run('chart list')).output).toContain('There are no charts yet.');
  });

  it('with charts, each with its vaults and custodians', async () => {
    expect(await anna.refusal('chart create general')).toBe('FLAG_NEEDED 2');
    const line = `chart create general --vault hospital-a ${ALL_CUSTODIANS}`;
    expect(await golden(anna, line)).toMatchObject({ kind: 'general', threshold: 3 });
    const asked = await anna.run('chart create medications', {
      answers: [['hospital-a'], ['laboratory', 'pharmacy', 'payer']],
    });
    expect(asked.questions).toHaveLength(2);
    expect(asked.output).toContain('3 of laboratory, pharmacy, payer');
    expect(
      (await anna.run('chart create mental-health --vault hospital-a --offline')).exitCode,
    ).toBe(0);
    const listed = await golden<{ charts: { kind: string; state: string }[] }>(anna, 'chart list');
    expect(listed.charts.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      ...['general open', 'medications open', 'mental-health open'],
    ]);
  });

  it('with a wallet that shows what is in it', async () => {
    expect(await golden(anna, 'wallet show')).toMatchObject({
      label: 'Anna',
      charts: 3,
      grants: 0,
    });
    const { output } = await anna.run('wallet show');
    expect(output).toContain('forget-cold-keys');
  });

  it('by handing out cards, sealed to an organisation or as a file', async () => {
    await golden(anna, 'chart card general --to hospital-a');
    await anna.json('chart card medications --to hospital-a');
    const card = stage.path('card.json');
    await anna.json(`chart card mental-health --out ${card}`);
    expect(await anna.refusal(`chart card general --out ${card}`)).toBe('FILE_EXISTS 1');
    await golden(hospitalA, `chart card ${card}`);
    const { cards } = await golden<{ cards: unknown[] }>(hospitalA, 'chart list');
    expect(cards).toHaveLength(3);
  });
});

describe('a hospital writes', () => {
  const charts = '--chart general --chart medications';

  it('nothing before it is said whose charts they are', async () => {
    const add = `record add ${files.bundle}`;
    const { plan } = await golden<{ plan: Json[] }>(hospitalA, `${add} --plan`);
    expect(plan).toEqual([
      { patient: 'Patient/p1', kind: 'general', units: 2, records: 3 },
      { patient: 'Patient/p1', kind: 'medications', units: 2, records: 2 },
    ]);
    expect(await hospitalA.refusal(add)).toBe('PATIENT_UNCLEAR 1');
    expect(await hospitalA.refusal(`record add ${files.broken} ${charts}`)).toMatch(/ 1$/);
    expect(await hospitalA.refusal(`${add} --chart genomics`)).toBe('ID_UNKNOWN 1');
    expect(await hospitalA.refusal(`${add} --chart general --patient Patient/p1=general`)).toBe(
      'FLAGS_CONFLICT 2',
    );
    expect(await hospitalA.refusal('record add nowhere.json --chart general')).toBe(
      'FILE_NOT_FOUND 1',
    );
  });

  it('units by encounter and document, and the same input only once', async () => {
    const line = `record add ${files.bundle} --author Records`;
    const added = await hospitalA.run(`${line} ${charts}`);
    expect(added.output).toContain('5 records in 4 units added.');
    const { added: again } = await hospitalA.json<{ added: { records: number }[] }>(
      `${line} ${charts}`,
    );
    expect(again.map(({ records }) => records)).toEqual([0, 0]);
    const told = await hospitalA.run(`${line} --patient Patient/p1=general,medications`);
    expect(told.output).toContain('5 records were there already; nothing is added twice.');
  });

  it('what the patient finds without having been asked', async () => {
    const units = await unitsOf(anna, 'record list');
    expect(units.map(({ kind, caption, state }) => `${kind} ${caption} ${state}`).sort()).toEqual([
      ...['general encounter ok', 'general patient ok'],
      ...['medications medications ok', 'medications patient ok'],
    ]);
  });
});

describe('the patient adds', () => {
  const add = async (inputs: string, options: CommandOptions = {}) =>
    (
      await golden<{ added: { units: number; records: number; alreadyThere: number }[] }>(
        anna,
        `record add ${inputs} --chart general`,
        options,
      )
    ).added[0]!;

  it.each([
    ['a PDF and an image', `${files.pdf} ${files.image}`, 2],
    ['a folder with whatever is in it', files.folder, 2],
  ])('%s, once', async (_, inputs, count) => {
    expect((await add(inputs)).records).toBe(count);
    expect((await add(inputs)).records).toBe(0);
  });

  it('what comes through a pipe', async () => {
    const input = Buffer.from('{"resourceType":"Observation","id":"o2","status":"final"}');
    const { records } = await add('-', { input });
    expect(records).toBe(1);
    expect((await add('-', { input })).records).toBe(0);
  });

  it('NDJSON of two patients only where each is given charts', async () => {
    expect(await anna.refusal(`record add ${files.twoPatients} --chart general`)).toBe(
      'PATIENT_UNCLEAR 1',
    );
    const charts = '--patient Patient/p2=mental-health --patient Patient/p3=mental-health';
    const done = await anna.run(`record add ${files.twoPatients} ${charts} --as mental-health`);
    expect(done.errors).toBe('');
    expect(done.output).toMatch(/^4 records in \d units added\./);
  });
});

describe('the patient reads', () => {
  it('a timeline in which everything is in order', async () => {
    const { output } = await anna.run('record list general', { columns: 80 });
    expect(output).toMatch(/^UNIT {6}MONTH {4}ABOUT/);
    expect(output).toContain('7 units, all in order.');
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('one record, by the number in its unit, with numbers as they were written', async () => {
    const units = await unitsOf(anna, 'record list general');
    const visit = short(units.find(({ caption }) => caption === 'encounter')!.unit);
    const shown = await golden<{ records: unknown[] }>(anna, `record show ${visit}`);
    expect(shown.records).toHaveLength(2);
    expect((await anna.run(`record show ${visit}/1`)).output).toContain('"value": 71.50');
    expect(await anna.refusal(`record show ${visit}/9`)).toBe('ID_UNKNOWN 1');
    expect(await anna.refusal(`record show ${visit.slice(0, 4)}`)).toBe('ID_TOO_SHORT 1');
    const scan = units.find(({ caption }) => caption === 'imaging')!;
    const raw = await anna.run(`record show ${short(scan.unit)} --raw`);
    expect(Buffer.from(raw.bytes)).toEqual(readFileSync(files.image));
    const onScreen = await anna.run(`record show ${short(scan.unit)}`, { columns: 80 });
    expect(onScreen.errors).toContain('OUTPUT_BINARY');
  });

  it('originals byte for byte, into a folder or as lines', async () => {
    const folder = stage.path('originals');
    const exported = await golden<{ records: number }>(anna, `record export --to ${folder}`);
    expect(exported.records).toBe(14);
    const names = readdirSync(folder, { recursive: true }).map(String);
    const pdf = names.find((name) => name.endsWith('.pdf'))!;
    expect(readFileSync(`${folder}/${pdf}`)).toEqual(readFileSync(files.pdf));
    const lines = stage.path('all.ndjson');
    const { leftOut } = await anna.json<{ leftOut: number }>(`record export --ndjson ${lines}`);
    expect(leftOut).toBe(4);
    expect(readFileSync(lines, 'utf8').trim().split('\n')).toHaveLength(10);
    expect(await anna.refusal('record export')).toBe('FLAG_NEEDED 2');
  });

  it('that every byte verifies', async () => {
    expect(await golden(anna, 'record verify')).toMatchObject({ verified: true });
  });
});

describe('another hospital', () => {
  it('sees nothing without a grant', async () => {
    expect(await hospitalB.refusal('record list general')).toBe('ID_UNKNOWN 1');
    expect(await hospitalB.refusal('access open general --all --reason consultation')).toBe(
      'ID_UNKNOWN 1',
    );
    expect(await hospitalA.refusal('wallet show')).toBe('OWNER_HOME_KIND 1');
  });

  it('is granted a chart, with every question answered by a flag or a person', async () => {
    const grant = 'consent grant general --to hospital-b';
    expect(await anna.refusal(grant)).toBe('FLAG_NEEDED 2');
    expect(await anna.refusal(`${grant} --purpose TREAT --for 1d --until 2030-01-01`)).toBe(
      'FLAGS_CONFLICT 2',
    );
    await golden(anna, `${grant} --purpose TREAT --for 30d --openings 20`);
    const answers = ['hospital-b', ['TREAT'], '30 days'];
    const asked = await anna.run('consent grant medications', { answers });
    expect(asked.questions).toEqual([
      ...['Which organisation?', 'For which purposes?', 'For how long?'],
    ]);
    const { grants } = await golden<{ grants: { kind: string; state: string }[] }>(
      anna,
      'consent list',
    );
    expect(grants.map(({ kind, state }) => `${kind} ${state}`).sort()).toEqual([
      ...['general active', 'medications active'],
    ]);
    expect(await anna.refusal('consent show hospital-b')).toBe('ID_AMBIGUOUS 1');
    expect(await anna.refusal('consent show ffffff')).toBe('ID_UNKNOWN 1');
  });

  it('lists what it was granted, and captions of what it may ask for', async () => {
    expect((await golden<{ grants: unknown[] }>(hospitalB, 'consent list')).grants).toHaveLength(2);
    await golden(hospitalB, 'consent show general');
    expect(await unitsOf(hospitalB, 'record list general')).toHaveLength(7);
    const { output } = await hospitalB.run('record list medications');
    expect(output).toContain('hospital-a, Records');
    expect((await hospitalB.run('record list general')).output).toContain('the patient');
  });
});

describe('a clinician opens', () => {
  it('nothing before being enrolled', async () => {
    const open = 'access open general --all --reason consultation';
    expect(await hospitalB.refusal(open)).toBe('STAFF_KEY_MISSING 1');
    await golden(hospitalB, 'org staff add "Dr Ada Example" --role physician');
    expect(await golden(hospitalB, 'org staff list')).toMatchObject({
      staff: [{ name: 'Dr Ada Example', role: 'physician', ended: false }],
    });
    expect(await hospitalB.refusal(`${open} --staff "Dr Nobody"`)).toBe('ID_UNKNOWN 1');
  });

  it('units on a grant, for a reason, in their own name', async () => {
    const units = await unitsOf(hospitalB, 'record list general');
    const visit = units.find(({ caption }) => caption === 'encounter')!;
    const opening = await golden<{ receipts: unknown[]; units: { content: unknown[] }[] }>(
      hospitalB,
      `access open general --unit ${short(visit.unit)} --reason consultation`,
    );
    expect(opening.receipts).toHaveLength(3);
    expect(opening.units[0]!.content).toHaveLength(2);
    const folder = stage.path('opened');
    const line = `access open general --all --reason consultation --out ${folder}`;
    expect((await hospitalB.run(`${line} --staff "Dr Ada"`)).output).toContain('permitted by');
    expect(existsSync(`${folder}/general`)).toBe(true);
    const answers = ['medications', ['medications'], 'consultation'];
    expect((await hospitalB.run('access open', { answers })).output).toContain('synthetic pill');
  });

  it('nothing for a purpose that was not granted', async () => {
    const line = 'access open medications --all --reason research --purpose HRESCH';
    expect(await hospitalB.refusal(line)).toBe('PURPOSE_NOT_GRANTED 1');
    expect((await anna.run('access log medications')).output).not.toContain('HRESCH');
    expect(await hospitalB.refusal(`${line} --attempt`)).toBe('PURPOSE_NOT_GRANTED 1');
  });
});

describe('the patient sees who looked', () => {
  it('when, who, why, at what, and who was refused', async () => {
    const { charts } = await golden<{
      charts: { kind: string; openings: { actor: Json }[]; refusals: Json[]; whole: boolean }[];
    }>(anna, 'access log');
    const [general, medications] = charts;
    expect(general).toMatchObject({ kind: 'general', whole: true, unexplained: 0 });
    expect(general!.openings).toHaveLength(2);
    expect(general!.openings[0]!.actor).toEqual({ name: 'Dr Ada Example', role: 'physician' });
    expect(medications!.refusals.length).toBeGreaterThan(0);
    const { output } = await anna.run('access log', { columns: 80 });
    expect(output).toContain('TREAT, consultation: encounter 2021-03');
    expect(output).toContain('HRESCH, research: refused, nothing was opened');
    expect(output).toContain('PURPOSE_NOT_GRANTED');
    expect(output).toContain('No grant was ever made');
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('and that the log is complete', async () => {
    expect(await golden(anna, 'access verify')).toMatchObject({ verified: true });
    expect((await anna.run('access verify')).output).toContain('complete and explained');
  });
});

describe('what all of this prints for programs', () => {
  it('has the shape that is written down', async () => {
    await expect(shapes.text).toMatchFileSnapshot('shapes/records.txt');
  });
});
