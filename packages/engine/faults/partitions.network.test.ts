import { loadCrypto } from '@ward/protocol/crypto';
import { isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { flap, freeze, partEvenly, partMinority, partOneWay } from '@ward/testkit/network-faults';
import { NetworkStage } from '@ward/testkit/network-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();

describe.skipIf(isWithoutCometbft)('four validators whose wires and time are disturbed', () => {
  const stage = new NetworkStage({ seed: 4002, crypto });
  beforeAll(() => stage.open());
  afterAll(() => stage.close());

  it.each([
    ['minority, silent', () => partMinority(stage, 'silent')],
    ['minority, cut', () => partMinority(stage, 'cut')],
    ['even split, silent', () => partEvenly(stage, 'silent')],
    ['even split, cut', () => partEvenly(stage, 'cut')],
    ['one way, heard by nobody', () => partOneWay(stage, false)],
    ['one way, hears nobody', () => partOneWay(stage, true)],
    ['flapping links', () => flap(stage, 10)],
    ['SIGSTOP for 10 s', () => freeze(stage, ['both', 'node', 'engine'])],
  ])('go on as one ledger after %s', async (fault, act) => {
    stage.report(fault, await stage.script.run(act));
  });

  it('have kept all that was told, once', async () => {
    const { acknowledged, reads } = await stage.script.run(() => stage.settle());
    expect(acknowledged).toBeGreaterThan(100);
    expect(reads).toBeGreaterThan(50);
  });
});
