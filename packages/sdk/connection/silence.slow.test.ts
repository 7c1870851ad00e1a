import { WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { promptTransport } from '@ward/protocol/prompt-transport';
import { BlackHole } from '@ward/testkit/black-hole';
import { ChartStage, KIND } from '@ward/testkit/chart-stage';
import { codeOfAsync } from '@ward/testkit/refusals';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWard } from '../create-ward.ts';
import { memoryEventStore } from '../event-log.ts';
import { message, submit } from './submit.ts';

const crypto = await loadCrypto();
/** Half of what the connection itself waits: who waits for the silent one runs into it. */
vi.setConfig({ testTimeout: 40_000 });
const VAULT = 'memory://vault';
let hole: BlackHole;
let stage: ChartStage;

beforeEach(async () => {
  hole = await BlackHole.start();
  stage = await ChartStage.start(crypto, { hasSecondVault: true });
});
afterEach(async () => {
  await stage.close();
  await hole.close();
});

describe('a vault that takes the connection and never answers', () => {
  it('does not hold the owner’s log, which says whose mailbox was not read', async () => {
    const chart = await stage.makeChart();
    await stage.write(chart, stage.units(1, 'silence'));
    const { leaf } = await stage.grant();
    await stage.open(leaf, await stage.reader.access.list(leaf));
    stage.network.overrides.set(VAULT, hole.transport);
    const log = await stage.patient.access.log(KIND);
    expect(log.openings).toHaveLength(1);
    expect(log.away).toEqual([stage.network.vaults[0]]);
    expect(hole.taken).toBeGreaterThan(0);
    stage.network.overrides.delete(VAULT);
    const whole = await stage.patient.access.log(KIND);
    expect([whole.away, whole.openings[0]!.isUnexplained]).toEqual([[], false]);
  });

  it('holds up no reader: the next one is asked, and it is let go of', async () => {
    const chart = await stage.makeChart();
    await stage.write(chart, stage.units(2, 'silence'));
    const { leaf } = await stage.grant();
    stage.network.overrides.set(VAULT, hole.transport);
    const units = await stage.reader.access.list(leaf);
    expect(units.map(({ problem }) => problem)).toEqual([undefined, undefined]);
    const { bodies } = await stage.open(leaf, units).then(() => ({ bodies: true }));
    expect(bodies).toBe(true);
    expect(await stage.patient.records.list(KIND)).toHaveLength(2);
    await vi.waitFor(() => expect(hole.waiting).toBe(0), { timeout: 30_000 });
  });

  it('is a server that cannot be reached, before its answer and within it', async () => {
    const within = (transport: Parameters<typeof promptTransport>[0]) =>
      promptTransport(transport, 50);
    const request = { method: 'GET', target: '/', headers: {}, body: null } as const;
    const silent = () => within(hole.transport).send(request);
    expect(await codeOfAsync(silent)).toBe('SERVER_UNREACHABLE');
    let isLetGo = false;
    const body = (async function* () {
      yield Uint8Array.of(1);
      await new Promise(() => undefined);
    })();
    const stalling = within({
      name: 'stalling',
      async send(_request, { signal } = {}) {
        signal?.addEventListener('abort', () => {
          isLetGo = true;
        });
        return { status: 200, headers: {}, body };
      },
    });
    const read = async () => {
      for await (const chunk of (await stalling.send(request)).body) expect(chunk).toHaveLength(1);
    };
    expect(await codeOfAsync(read)).toBe('SERVER_UNREACHABLE');
    expect(isLetGo).toBe(true);
  });
});

describe('a node that takes the connection and never answers', () => {
  const HOLE = 'memory://hole';
  const NODE = 'memory://node';

  function options(nodes: string[]) {
    const { network } = stage;
    const { clock, random } = network;
    const transport = (origin: string) =>
      origin.startsWith(HOLE) ? hole.transport : network.transport(origin);
    const networkFile = { ...network.networkFile, nodes };
    return { networkFile, transport, clock, crypto, random, carrierDelayMsMax: 0 };
  }

  async function ward(nodes: string[]) {
    return createWard(options(nodes));
  }

  it.each([
    ['first', [HOLE, NODE]],
    ['second', [NODE, HOLE]],
    ['first and second', [HOLE, `${HOLE}-2`, NODE]],
  ])('holds up no first read where it is the %s', async (_name, nodes) => {
    const { ledger } = await ward(nodes);
    expect((await ledger.head()).header.height).toBeGreaterThan(0);
    expect(hole.taken).toBeGreaterThan(0);
    const { taken } = hole;
    for (let i = 0; i < 5; i++) await ledger.head();
    // It is not asked first again.
    expect(hole.taken - taken).toBeLessThanOrEqual(1);
  });

  it('holds up no transaction: the next node gets the same one, and is asked first', async () => {
    const keyService = stage.network.organisations.get('hospital-a')!.store;
    const { connection, keys } = await createWard({ ...options([HOLE, NODE]), keyService });
    const write = (name: number) => {
      const slots = [{ address: crypto.sha256(Uint8Array.of(name)), value: new Uint8Array(32) }];
      return submit(connection, [message(WriteSlots, { slots })], [keys.serviceSigner]);
    };
    expect((await write(1)).block.header.height).toBeGreaterThan(0);
    const { taken } = hole;
    for (const name of [2, 3, 4]) await write(name);
    expect(hole.taken - taken).toBeLessThanOrEqual(1);
  });

  it('holds up no slot that is carried: a chart is made', async () => {
    const wallet = memoryEventStore();
    const person = await createWard({ ...options([HOLE, NODE]), wallet });
    expect(await person.charts.create(stage.chartParameters)).toHaveLength(32);
    expect(hole.taken).toBeGreaterThan(0);
  });
});
