import { type Actor, type Card, type StaffRequest, signStaffRequest } from '@ward/charts';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { beforeEach, describe, expect, it } from 'vitest';
import { memoryEventStore } from '../event-log.ts';
import { KeyService } from './key-service.ts';
import { nextEntry, nextPlace } from './key-service-state.ts';

const crypto = await loadCrypto();
const random = seededRandom(21);
const realm = { network: random.bytes(32), crypto };
const clock = { nowMillis: 1_800_000_000_000, nowMs: () => clock.nowMillis };
const bytes = () => random.bytes(32);
const staff = { name: 'Clinician 1 (synthetic)', role: 'physician' };
const keyPair = crypto.ed25519.keyPair(bytes());
let store = memoryEventStore();
let service: KeyService;

beforeEach(async () => {
  store = memoryEventStore();
  service = await KeyService.open({ store, random, clock, realm }, 'hospital');
});

function requestNow(changes: Partial<StaffRequest> = {}): StaffRequest {
  const labels = [bytes()];
  const time = service.now();
  return {
    ...{ chart: bytes(), leaf: bytes(), labels, purpose: 'TREAT', reason: 'consultation', time },
    ...changes,
  };
}

const sign = (request: StaffRequest): Actor =>
  signStaffRequest(request, { staff, keyPair }, random, realm);

describe('the key service of an organisation', () => {
  it('keeps its keys, and one for each use', async () => {
    const again = await KeyService.open({ store, random, clock, realm }, 'other');
    expect(again.name).toBe('hospital');
    expect(again.account).toEqual(service.account);
    expect(again.serviceKey).toEqual(service.serviceKey);
    const keys = [service.serviceKey, service.officerKey].map((key) => key.publicKey);
    expect(keys[0]).not.toEqual(keys[1]);
  });

  it('acts on what an enrolled person has just signed', async () => {
    await service.enrolStaff({ ...staff, publicKey: keyPair.publicKey });
    const request = requestNow();
    expect(codeOf(() => service.checkStaff(request, sign(request)))).toBeUndefined();
  });

  it('refuses a request with anything of it changed after it was signed', async () => {
    await service.enrolStaff({ ...staff, publicKey: keyPair.publicKey });
    const request = requestNow();
    const actor = sign(request);
    const changed: Partial<StaffRequest>[] = [
      { chart: bytes() },
      { leaf: bytes() },
      { labels: [...request.labels, bytes()] },
      { labels: [] },
      { purpose: 'HPAYMT' },
      { reason: 'follow-up' as StaffRequest['reason'] },
      { time: request.time + 1 },
    ];
    for (const change of changed) {
      const other = { ...request, ...change };
      expect(
        codeOf(() => service.checkStaff(other, actor)),
        Object.keys(change)[0],
      ).toBe('STAFF_SIGNATURE');
    }
    for (const change of [{ name: 'Clinician 9 (synthetic)' }, { role: 'chief' }]) {
      const code = codeOf(() => service.checkStaff(request, { ...actor, ...change }));
      expect(code).toBe('STAFF_SIGNATURE');
    }
  });

  it('refuses a signature of before, or of later', async () => {
    await service.enrolStaff({ ...staff, publicKey: keyPair.publicKey });
    for (const [seconds, code] of [
      [120, undefined],
      [121, 'STAFF_SIGNATURE'],
      [-120, undefined],
      [-121, 'STAFF_SIGNATURE'],
    ] as const) {
      const request = requestNow({ time: service.now() - seconds });
      expect(codeOf(() => service.checkStaff(request, sign(request)))).toBe(code);
    }
  });

  it('knows nobody who was not enrolled, or left', async () => {
    const request = requestNow();
    const actor = sign(request);
    expect(codeOf(() => service.checkStaff(request, actor))).toBe('STAFF_UNKNOWN');
    const id = await service.enrolStaff({ ...staff, publicKey: keyPair.publicKey });
    await service.endStaff(id);
    expect(codeOf(() => service.checkStaff(request, actor))).toBe('STAFF_UNKNOWN');
    expect(await codeOfAsync(() => service.endStaff(id))).toBe('STAFF_UNKNOWN');
    const again = await KeyService.open({ store, random, clock, realm });
    expect(codeOf(() => again.checkStaff(request, actor))).toBe('STAFF_UNKNOWN');
  });
});

describe('places of a source', () => {
  const chart = bytes();
  const unit = () => ({ commitment: bytes(), label: bytes(), inputs: [bytes()] });
  const plan = (firstN: number, count: number) =>
    service.record({
      ...{ kind: 'unitsPlanned', chart, epoch: 0, firstN },
      units: Array.from({ length: count }, unit),
    } as const);

  it('follow those that were planned or written', async () => {
    await plan(0, 3);
    expect(nextPlace(service.state, chart, 0)).toBe(3);
    await service.record({ kind: 'unitsWritten', chart, epoch: 0, firstN: 0 });
    expect(nextPlace(service.state, chart, 0)).toBe(3);
    expect(nextPlace(service.state, chart, 1)).toBe(0);
  });

  it('leave no hole behind units that were given up', async () => {
    await plan(0, 5);
    await service.record(
      { kind: 'unitsAbandoned', chart, epoch: 0, firstN: 0 },
      { kind: 'placeSeen', chart, epoch: 0, n: 2 },
    );
    expect(nextPlace(service.state, chart, 0)).toBe(2);
  });

  it('make inputs known only once their units are written', async () => {
    await plan(0, 1);
    const known = () => service.state.inputs.get(Buffer.from(chart).toString('hex'))?.size ?? 0;
    expect(known()).toBe(0);
    await service.record({ kind: 'unitsAbandoned', chart, epoch: 0, firstN: 0 });
    await service.record({ kind: 'unitsWritten', chart, epoch: 0, firstN: 0 });
    expect(known()).toBe(0);
    await plan(0, 2);
    await service.record({ kind: 'unitsWritten', chart, epoch: 0, firstN: 0 });
    expect(known()).toBe(2);
  });
});

describe('numbers of entries', () => {
  it('follow those that were made, and those that the ledger showed', () => {
    const granted = { entries: new Map(), entriesSeen: 0 } as Parameters<typeof nextEntry>[0];
    expect(nextEntry(granted)).toBe(0);
    granted.entries.set(3, {} as never);
    expect(nextEntry(granted)).toBe(4);
    granted.entriesSeen = 9;
    expect(nextEntry(granted)).toBe(9);
  });
});

describe('cards', () => {
  it('are found by the chart that follows from them', async () => {
    const card: Card = {
      ...{ network: realm.network, kind: 'general', ck: bytes(), cold: bytes() },
      ...{ writeSecret: bytes(), recipient: service.account, vaults: [service.account] },
    };
    await service.record({ kind: 'cardReceived', card });
    const [held] = [...service.state.cards.values()];
    expect(service.card(held!.chart)).toEqual(card);
    expect(codeOf(() => service.card(bytes()))).toBe('CARD_UNKNOWN');
    expect(codeOf(() => service.grant(bytes()))).toBe('GRANT_UNKNOWN');
  });
});
