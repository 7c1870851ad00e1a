import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@ward/protocol';
import { wordsOf } from '@ward/testkit/command-stage';
import { GoldenShapes } from '@ward/testkit/json-shape';
import { freePort, type RunningWard, runWardProcess, startWard } from '@ward/testkit/ward-process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'ward-servers-'));
const clinic = join(folder, 'clinic');
const patient = join(folder, 'patient');
const running = new Map<string, RunningWard>();
const shapes = new GoldenShapes();
const ports = { node: 0, vault: 0, custodian: 0 };
type Kind = keyof typeof ports;

beforeAll(async () => {
  for (const kind of Object.keys(ports) as Kind[]) ports[kind] = await freePort();
});
afterAll(async () => {
  for (const server of running.values()) await server.end('SIGKILL');
  rmSync(folder, { recursive: true });
});

const originOf = (kind: Kind) => `http://127.0.0.1:${ports[kind]}`;

/** Runs a line over a home, for its exit status and JSON. */
async function run(home: string, line: string) {
  const argv = ['--home', home, '--output', 'json', ...wordsOf(line)];
  const { exitCode, output, errors } = await runWardProcess(argv);
  const json = JSON.parse(output || 'null') as Json;
  if (exitCode === 0) shapes.keep(wordsOf(line), json, 'operator');
  return { exitCode, json, errors };
}

const done = (json: object) => ({ exitCode: 0, json: expect.objectContaining(json) });
const refused = (code: string, exitCode = 1) => ({
  exitCode,
  json: { error: expect.objectContaining({ code }) },
});

/** Starts a server of the clinic. @returns Where its operator reaches it. */
async function start(kind: Kind): Promise<string> {
  const listen = ['--listen', `127.0.0.1:${ports[kind]}`, '--ops-listen', '127.0.0.1:0'];
  const server = startWard(['--home', clinic, kind, 'start', ...listen]);
  running.set(kind, server);
  const [, origin, operator] = await server.said(/listens on (\S+), for its operator on (\S+)\. /);
  expect(origin).toBe(originOf(kind));
  return operator!;
}

async function stop(kind: Kind, signal: NodeJS.Signals = 'SIGTERM') {
  const { exitCode } = await running.get(kind)!.end(signal);
  running.delete(kind);
  return exitCode;
}

/** The largest file below a folder. */
function largestFile(path: string): string {
  const files = readdirSync(path, { recursive: true }).map((name) => join(path, String(name)));
  const plain = files.filter((each) => statSync(each).isFile());
  return plain.reduce((a, b) => (statSync(a).size > statSync(b).size ? a : b));
}

describe('a clinic of its own, by commands alone', { timeout: 120_000 }, () => {
  it('founds a network, once', async () => {
    const line = `node init --name Clinic --role provider --origin ${originOf('node')}`;
    expect(await run(clinic, line)).toMatchObject(done({ home: clinic, name: 'Clinic' }));
    expect(await run(clinic, line)).toMatchObject(refused('OWNER_HOME_TAKEN'));
    expect(await run(clinic, 'ledger status')).toMatchObject(refused('SERVER_UNREACHABLE', 3));
  });

  it('runs its node, which says whether it is ready', async () => {
    const operator = await start('node');
    const status = `node status --ops ${operator}`;
    expect(await run(clinic, status)).toMatchObject(done({ ready: true }));
    expect(await run(clinic, 'ledger verify')).toMatchObject(done({ verified: true }));
  });

  it('adds a vault and a custodian, and runs them', async () => {
    for (const kind of ['vault', 'custodian'] as const) {
      const line = `${kind} init --origin ${originOf(kind)}`;
      expect(await run(clinic, line)).toMatchObject(done({ origin: originOf(kind) }));
      expect(await run(clinic, line)).toMatchObject(refused('OWNER_HOME_TAKEN'));
      await start(kind);
    }
    expect(await run(clinic, 'doctor')).toMatchObject(done({ findings: [] }));
  });

  it('serves a patient', async () => {
    const network = join(clinic, 'network.json');
    const note = join(folder, 'note.txt');
    writeFileSync(note, 'a synthetic note '.repeat(5000));
    for (const line of [
      `wallet create --network ${network}`,
      'chart create general --vault clinic --custodian clinic --threshold 1',
      `record add ${note} --chart general`,
    ]) {
      expect(await run(patient, line)).toMatchObject({ exitCode: 0, errors: '' });
    }
    expect(await run(patient, 'record verify')).toMatchObject(done({ verified: true }));
  });

  it('finds what the disk of the vault has altered', async () => {
    expect(await run(clinic, 'vault scrub')).toMatchObject(refused('HOME_LOCKED', 3));
    expect(await stop('vault')).toBe(0);
    expect(await run(clinic, 'vault scrub')).toMatchObject(done({ damaged: 0 }));
    const path = largestFile(join(clinic, 'vault'));
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
    const finding = { fault: 'damaged-objects', servers: ['vault'] };
    expect(await run(clinic, 'doctor')).toMatchObject({
      exitCode: 4,
      json: { findings: [finding] },
    });
    expect(await run(clinic, 'vault scrub')).toMatchObject({ exitCode: 4, json: { damaged: 1 } });
    await start('vault');
    expect((await run(patient, 'record verify')).exitCode).toBe(4);
  });

  it('stops its servers in order, on either signal, and knows what was acknowledged', async () => {
    expect(await stop('custodian', 'SIGINT')).toBe(0);
    expect(await stop('node')).toBe(0);
    expect(await run(patient, 'ledger status')).toMatchObject(refused('SERVER_UNREACHABLE', 3));
    await start('node');
    expect(await run(patient, 'ledger verify')).toMatchObject(done({ verified: true, refused: 0 }));
  });

  it('prints for programs what is written down', async () => {
    const own = shapes.of(['node', 'vault', 'custodian']);
    await expect(own).toMatchFileSnapshot('../shapes/servers.txt');
  });
});
