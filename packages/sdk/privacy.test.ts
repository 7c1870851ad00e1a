import { Grant } from '@ward/charts';
import {
  accountKey,
  CarryRequest,
  directoryKey,
  organisationKey,
  ProofRequest,
  slotKey,
} from '@ward/ledger/schema';
import { encodeUtf8, equalBytes, type Transport, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection } from './connection/connection.ts';
import type { PersonWard } from './create-ward.ts';

const crypto = await loadCrypto();
const NODE = 'memory://node';
let stage: ChartStage;
let patient: PersonWard;
/** What the patient's client sent to the node, with the connection that it went over. */
let sent: { connection: number; isSeparate: boolean; target: string; body: Uint8Array }[];

beforeEach(async () => {
  stage = await ChartStage.start(crypto);
  sent = [];
  let connections = 0;
  const transport = (
    origin: string,
    options: { readonly isSeparate?: boolean } = {},
  ): Transport => {
    const connection = connections++;
    const server = stage.network.transport(origin);
    return {
      name: origin,
      send: (request, sending) => {
        const body = request.body instanceof Uint8Array ? request.body : new Uint8Array(0);
        const { target } = request;
        const isSeparate = options.isSeparate === true;
        if (origin === NODE) sent.push({ connection, isSeparate, target, body });
        return server.send(request, sending);
      },
    };
  };
  patient = await stage.network.person(undefined, { transport });
});
afterEach(() => stage.close());

/**
 * State keys that a person's client may ask for: slots, and what organisations say of themselves.
 */
const KNOWN = [
  slotKey(new Uint8Array(32)).slice(0, -32),
  organisationKey(new Uint8Array(16)).slice(0, -16),
  accountKey(new Uint8Array(16)).slice(0, -16),
  directoryKey,
];

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.length > 4 && equalBytes(bytes.subarray(0, prefix.length), prefix);
}

/** A person's whole life with charts: made, written, granted, read, revoked, taken back, erased. */
async function live(): Promise<Uint8Array[]> {
  const charts: Uint8Array[] = [];
  for (const kind of ['general', 'mental-health'] as const) {
    charts.push(await patient.charts.create({ ...stage.chartParameters, kind }));
    await patient.charts.sendCard(kind, stage.network.id('hospital-a'));
    await patient.records.add(kind, { units: stage.units(1, `own ${kind}`) });
  }
  await stage.writer.access.collect();
  await stage.write(charts[0]!, stage.units(2, 'private'));
  const grantee = stage.network.id('hospital-b');
  const until = patient.connection.now() + 1000;
  const { leaf } = await patient.consent.grant({
    chart: KIND,
    grantee,
    purposes: ['TREAT'],
    until,
  });
  const [unit] = await patient.records.list(KIND);
  await patient.records.open(KIND, unit!);
  await patient.access.log(KIND);
  await patient.consent.revoke(KIND, leaf);
  await patient.charts.rotateCold(KIND);
  await patient.records.eraseUnit(KIND, unit!);
  return charts;
}

describe('what a person’s client tells a node', () => {
  it('has no id, name, label, key or secret of a chart in it', async () => {
    const charts = await live();
    const kept = charts.map((chart) => patient.keys.chart(chart));
    const units = await patient.records.list(KIND);
    const secrets: Uint8Array[] = [
      ...charts,
      ...units.flatMap(({ label }) => label ?? []),
      patient.keys.state.seed!,
      ...['general', 'mental-health', 'encounter', 'synthetic'].map(encodeUtf8),
    ];
    for (const each of kept) {
      secrets.push(...each.epochs.values());
      secrets.push(...each.authorities.map(({ ck }) => ck));
      secrets.push(...each.releases.map(({ secret }) => secret));
      secrets.push(...each.cards.map(({ writeSecret }) => writeSecret));
      for (const { leaf, grant } of each.grants.values()) {
        secrets.push(leaf, Grant.decode(grant).openSecret);
      }
    }
    expect(sent.length).toBeGreaterThan(50);
    for (const { target, body } of sent) {
      const text = toHex(body) as string;
      for (const secret of secrets) {
        expect(text.includes(toHex(secret)), target).toBe(false);
        expect(target.includes(toHex(secret)), target).toBe(false);
      }
    }
  });

  it('is proofs of slots and organisations, blocks, and slots to carry; nothing else', async () => {
    await live();
    const kinds = new Set(sent.map(({ target }) => target.replace(/\/\d+/, '/N').split('?')[0]));
    expect([...kinds].sort()).toEqual(['/v1/light-blocks/N', '/v1/proofs', '/v1/slots']);
    for (const { target, body } of sent) {
      if (target === '/v1/slots') expect(CarryRequest.decode(body).token).toHaveLength(0);
      if (target !== '/v1/proofs') continue;
      const { keys } = ProofRequest.decode(body);
      expect(keys.filter((key) => !KNOWN.some((prefix) => startsWith(key, prefix)))).toEqual([]);
    }
  });

  it('comes over another connection for the slots of each chart', async () => {
    await live();
    const carried = sent.filter(({ target }) => target === '/v1/slots');
    expect(carried.length).toBeGreaterThan(6);
    expect(carried.every(({ isSeparate }) => isSeparate)).toBe(true);
    const byKey = new Map<number, number>();
    for (const { connection } of carried) {
      byKey.set(connection, (byKey.get(connection) ?? 0) + 1);
    }
    expect(byKey.size).toBe(2);
    const others = sent.filter(({ isSeparate }) => !isSeparate).map(({ connection }) => connection);
    expect(others.some((connection) => byKey.has(connection))).toBe(false);
  });

  it('is held up for a random time, where nobody says otherwise', async () => {
    const { networkFile, clock, random } = stage.network;
    const connect = (origin: string) => stage.network.transport(origin);
    const connection = new Connection({ networkFile, connect, crypto, clock, random });
    expect(connection.carrierDelayMsMax).toBe(3000);
    const pauses: number[] = [];
    const real = setTimeout;
    const spy = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((
      run: () => void,
      ms: number,
    ) => {
      // The times of the servers are whole numbers.
      if (ms === 0 || Number.isInteger(ms)) return real(run, ms);
      pauses.push(ms);
      return real(run, 0);
    }) as never);
    try {
      const slow = await stage.network.person(undefined, { carrierDelayMsMax: 3000 });
      await slow.charts.create({ ...stage.chartParameters, custodians: [], threshold: 0 });
      await slow.charts.rotate(KIND);
      await slow.charts.rotate(KIND);
    } finally {
      spy.mockRestore();
    }
    expect(pauses.every((ms) => ms < 3000)).toBe(true);
    expect(new Set(pauses).size).toBeGreaterThan(1);
  });
});

describe('an error', () => {
  it('has no secret and no health data in it, whatever broke', async () => {
    const errors: unknown[] = [];
    const attempt = (work: () => Promise<unknown>) => work().catch((error) => errors.push(error));
    await patient.charts.create(stage.chartParameters);
    await patient.charts.sendCard(KIND, stage.network.id('hospital-a'));
    await stage.writer.access.collect();
    const { chart } = patient.keys.chart(KIND);
    const units = stage.units(1, 'private finding');
    await stage.write(chart, units);
    for (const origin of ['memory://vault', NODE]) {
      stage.network.silence(origin);
      await attempt(() => patient.records.list(KIND));
      await attempt(() => patient.charts.rotate(KIND));
      await attempt(() => patient.records.add(KIND, { units: stage.units(1, 'private own') }));
      await attempt(() => stage.write(chart, stage.units(1, 'private other')));
      await attempt(() =>
        patient.consent.grant({
          ...{ chart: KIND, grantee: stage.network.id('hospital-b') },
          ...{ purposes: ['TREAT'], until: patient.connection.now() + 10 },
        }),
      );
      stage.network.overrides.clear();
    }
    expect(errors.length).toBeGreaterThanOrEqual(8);
    const kept = patient.keys.chart(KIND);
    const secrets = [
      patient.keys.state.seed!,
      ...kept.epochs.values(),
      ...kept.releases.map(({ secret }) => secret),
      ...kept.cards.map(({ writeSecret }) => writeSecret),
      stage.writer.keys.state.organisation!.serviceSeed,
    ].map((secret) => toHex(secret) as string);
    for (const error of errors) {
      const { message, stack, code, data } = error as Error & { code?: string; data?: object };
      expect(code).toBeDefined();
      const text = JSON.stringify({ message, stack, code, data });
      for (const secret of [...secrets, 'private', toHex(chart)])
        expect(text).not.toContain(secret);
    }
  });
});
