import { askOpening, type RecordInput, signStaffRequest } from '@ward/charts';
import { streamSlots } from '@ward/ledger/schema';
import {
  type Crypto,
  callEvents,
  encodeUtf8,
  type Transport,
  toHex,
  type WireRequest,
} from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { createLog, Metrics } from '@ward/server';
import { ClientNetwork } from '@ward/testkit/client-network';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NodeServer, startNodeServer } from './node-server.ts';

const NODE = 'memory://node';
const VAULT = 'memory://vault';
const PATIENT = 'Zoe Synthetic';
const CLINICIAN = 'Clinician Xaver (synthetic)';
const FINDING = 'synthetic finding: negative';
const DAY = 24 * 3600;

let crypto: Crypto;
let network: ClientNetwork;
let node: NodeServer;
const lines: string[] = [];
const pages: Metrics[] = [];
/** Paths of all requests of the run: they name charts, objects, slots, transactions. */
const targets: string[] = [];
/** Openings that were asked for, to be asked for once more. */
const asked: (() => Promise<unknown>)[] = [];
/** Hexadecimal that must not be shown. */
const secrets = new Set<string>();

function telemetryOf() {
  const metrics = new Metrics();
  pages.push(metrics);
  const write = (line: string) => lines.push(line);
  return { log: createLog({ level: 'debug', destination: { write } }), metrics };
}

/** Notes what goes to a server. */
function noted(transport: Transport): Transport {
  return {
    name: transport.name,
    send: (request: WireRequest, options) => {
      targets.push(request.target);
      if (request.target === askOpening.path) asked.push(() => transport.send(request));
      return transport.send(request, options);
    },
  };
}

function record(text: string): RecordInput {
  const bytes = encodeUtf8(text);
  const metadata = {
    ...{ mediaType: 'application/fhir+json', resourceType: 'Observation', name: PATIENT },
    ...{ inputDigest: crypto.sha256(bytes), sizeBytes: bytes.length },
  };
  return { metadata, open: () => [bytes] };
}

beforeAll(async () => {
  crypto = await loadCrypto();
  network = await ClientNetwork.start(crypto, 7, { telemetryOf });
  const { service } = network.organisations.get('hospital-a')!;
  node = await startNodeServer({
    ...{ ledger: network.node, organisation: service.account, version: '0.0.0' },
    ...{ service: service.serviceKey, clock: network.clock, crypto, random: network.random },
    ...telemetryOf(),
  });
  network.overrides.set(NODE, noted(node.transport));
  const vault = network.transport(VAULT);
  const custodians = ['laboratory', 'pharmacy', 'payer', 'registrar', 'association'];
  const origins = [VAULT, ...custodians.map((name) => `memory://${name}`)];
  const direct = new Map(origins.map((origin) => [origin, serverOf(origin)]));
  for (const [origin, transport] of direct) network.overrides.set(origin, noted(transport));
  expect(vault.name).toBe(VAULT);
}, 60_000);
afterAll(async () => {
  await node.close();
  await network.close();
});

/** The server behind an origin, whatever is put before it later. */
function serverOf(origin: string): Transport {
  const { vault } = network.organisations.get('hospital-a')!;
  if (origin === VAULT) return vault!.transport;
  const name = origin.replace('memory://', '') as 'payer';
  return network.organisations.get(name)!.custodian!.transport;
}

/** Writes, grants, opens, is refused, revokes, erases, and has servers fail on the way. */
async function journey(): Promise<void> {
  const patient = await network.person();
  const hospitalA = await network.organisation('hospital-a');
  const hospitalB = await network.organisation('hospital-b');
  const vaults = [network.id('hospital-a')];
  const { custodians } = network;
  await patient.charts.create({ kind: 'general', vaults, custodians, threshold: 3 });
  await patient.charts.sendCard('general', network.id('hospital-a'));
  await hospitalA.access.collect();
  const { chart } = patient.keys.chart('general');
  const caption = { kind: 'encounter', month: 24_300 } as const;
  const units = [1, 2].map((n) => ({ caption, records: [record(`${FINDING} ${n}`)] }));
  const added = await hospitalA.records.add({ chart, units, credential: CLINICIAN });
  const until = patient.connection.now() + 30 * DAY;
  const terms = { purposes: ['TREAT'], until, openingsMax: 20 } as const;
  const grantee = network.id('hospital-b');
  const { leaf } = await patient.consent.grant({ chart: 'general', grantee, ...terms });
  await hospitalB.access.collect();
  const keyPair = crypto.ed25519.keyPair(network.random.bytes(32));
  const staff = { name: CLINICIAN, role: 'physician' };
  await hospitalB.keys.enrolStaff({ ...staff, publicKey: keyPair.publicKey });
  const open = async () => {
    const [unit] = await hospitalB.access.list(leaf);
    const wanted = { leaf, units: [unit!], purpose: 'TREAT', reason: 'consultation' } as const;
    const { realm } = hospitalB.connection;
    const request = hospitalB.access.request(wanted);
    const actor = signStaffRequest(request, { staff, keyPair }, network.random, realm);
    return hospitalB.access.open({ ...wanted, actor });
  };
  await open();
  network.silence('memory://payer');
  network.silence('memory://registrar');
  network.silence('memory://association');
  expect(await codeOfAsync(open)).toBeDefined();
  for (const name of ['payer', 'registrar', 'association']) {
    network.overrides.delete(`memory://${name}`);
  }
  await patient.access.log('general');
  await patient.consent.revoke('general', leaf);
  for (const again of asked) await again();
  for (const id of [chart, leaf, ...added.map(({ label }) => label)]) secrets.add(toHex(id));
}

/** What somebody asks who should not. */
async function intrude(): Promise<void> {
  const hex = (byte: string) => byte.repeat(32);
  const strange: readonly (readonly [
    origin: string,
    method: WireRequest['method'],
    path: string,
  ])[] = [
    [VAULT, 'GET', `/v1/objects/${hex('ab')}`],
    [VAULT, 'GET', `/v1/charts/${hex('cd')}/header`],
    [VAULT, 'DELETE', `/v1/charts/${hex('cd')}/objects/${hex('ab')}`],
    [VAULT, 'GET', `/v1/${PATIENT.replace(' ', '%20')}`],
    [NODE, 'GET', `/v1/transactions/${hex('ef')}`],
    [NODE, 'POST', '/v1/transactions'],
    ['memory://payer', 'POST', '/v1/openings'],
    ['memory://payer', 'POST', `/v1/charts/${hex('cd')}/erasure`],
  ];
  for (const [origin, method, target] of strange) {
    const body = method === 'POST' ? encodeUtf8(`${PATIENT} ${FINDING}`) : null;
    const headers = { 'ward-request': hex('1f'), 'user-agent': PATIENT };
    const sent = { method, target, headers, body };
    const answer = await network.transport(origin).send(sent);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    for await (const _ of answer.body);
  }
}

/** Every slot that the ledger has, and whatever a path named. */
async function collectSecrets(): Promise<void> {
  const newest = network.node.engine.newest!.header.height;
  const request = { params: {}, query: { from: 1 }, body: null };
  for await (const { height, slots } of callEvents(streamSlots, request, node.transport)) {
    for (const slot of slots) secrets.add(toHex(slot));
    if (height >= newest - 1) break;
  }
  for (const target of targets) {
    for (const [id] of target.matchAll(/[0-9a-f]{32,}/g)) secrets.add(id);
  }
}

describe('what servers write and count over a whole journey', () => {
  let shown: string;
  beforeAll(async () => {
    await journey();
    await intrude();
    await collectSecrets();
    const metrics = await Promise.all(pages.map((each) => each.page()));
    shown = [...lines, ...metrics].join('\n');
    for (const { service } of network.organisations.values()) {
      secrets.delete(toHex(service.account));
    }
  }, 120_000);

  it('is a lot, of every server', () => {
    expect(secrets.size).toBeGreaterThan(15);
    expect(targets.length).toBeGreaterThan(50);
    expect(pages).toHaveLength(7);
    for (const door of ['put-header', 'ask-opening', 'carry-slot', 'prove-state', 'post-notices']) {
      expect(shown, door).toContain(`door="${door}"`);
    }
    for (const code of ['OBJECT_UNKNOWN', 'SEAL_INVALID', 'TRANSACTION_UNKNOWN']) {
      expect(shown, code).toContain(code);
    }
    expect(shown).toContain('verdict="PERMITTED"');
    expect(shown).toContain('verdict="CHART_SUPERSEDED"');
  });

  it('names no chart, slot, unit, object or transaction', () => {
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });

  it('has no hexadecimal but the ids of organisations', () => {
    const known = new Set<string>(
      [...network.organisations.values()].map(({ service }) => toHex(service.account)),
    );
    const found = [...shown.matchAll(/[0-9a-f]{24,}/gi)].map(([hex]) => hex);
    expect(found.filter((hex) => !known.has(hex))).toEqual([]);
  });

  it('names no person, says nothing of health, and shows no path and no address', () => {
    for (const text of [
      ...PATIENT.split(' '),
      ...CLINICIAN.split(/[ ()]+/),
      ...FINDING.split(' '),
    ]) {
      if (text.length > 3) expect(shown.toLowerCase(), text).not.toContain(text.toLowerCase());
    }
    expect(shown).not.toContain('/v1/');
    expect(shown).not.toContain('127.0.0.1');
    expect(shown).not.toMatch(/encounter|Observation|fhir|consultation|TREAT|physician/i);
  });

  it('has only numbers, flags and words in its lines', () => {
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      for (const [name, value] of Object.entries(JSON.parse(line) as object)) {
        if (name === 'time') continue;
        const isPlain = typeof value === 'number' || typeof value === 'boolean';
        expect(isPlain || /^[\w.:-]{1,40}$/.test(String(value)), `${name} in ${line}`).toBe(true);
      }
    }
  });
});
