import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ward } from '../create-ward.ts';
import { walkRows } from './walk.ts';

let network: ClientNetwork;
let ward: Ward;

beforeAll(async () => {
  network = await ClientNetwork.start(await loadCrypto());
  ward = await network.reader();
});
afterAll(() => network.close());

const nothing = { slotAt: () => undefined };

describe('a walk of rows', () => {
  it('ends where a row has no places, without a question about no keys', async () => {
    const [row] = await walkRows([nothing], ward.connection);
    expect(row).toMatchObject({ slots: [], firstAbsent: 0 });
  });

  it('takes rows with and without places together', async () => {
    const empty = { slotAt: () => new Uint8Array(32) };
    const rows = await walkRows([nothing, empty], ward.connection);
    expect(rows.map(({ firstAbsent }) => firstAbsent)).toEqual([0, 0]);
    expect(rows.map(({ height }) => height > 0)).toEqual([true, true]);
  });
});

describe('a new chart', () => {
  it('has no units, and says so', async () => {
    const owner = await network.person();
    const vaults = [network.id('hospital-a')];
    const { custodians } = network;
    await owner.charts.create({ kind: 'general', vaults, custodians, threshold: 3 });
    expect(await owner.records.list('general')).toEqual([]);
    expect((await owner.access.log('general')).openings).toEqual([]);
  });
});
