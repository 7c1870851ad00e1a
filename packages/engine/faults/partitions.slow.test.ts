import { loadCrypto } from '@ward/protocol/crypto';
import { isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { flap, freeze, partEvenly, partMinority, partOneWay } from '@ward/testkit/network-faults';
import { NetworkStage } from '@ward/testkit/network-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();

describe.skipIf(isWithoutCometbft)('four validators on bad wires, for a short time', () => {
  const stage = new NetworkStage({ seed: 4102, crypto });
  beforeAll(() => stage.open());
  afterAll(() => stage.close());

  it.each([
    ['minority', () => partMinority(stage, 'cut')],
    ['even split', () => partEvenly(stage, 'silent')],
    ['one way', () => partOneWay(stage, false)],
    ['flapping links', () => flap(stage, 3)],
    ['SIGSTOP', () => freeze(stage, ['both'])],
  ])('go on as one ledger after %s', async (fault, act) => {
    stage.report(fault, await stage.script.run(act));
  });

  it('have kept all that was told, once', async () => {
    const { acknowledged, reads } = await stage.script.run(() => stage.settle());
    expect(acknowledged).toBeGreaterThan(0);
    expect(reads).toBeGreaterThan(0);
  });
});
