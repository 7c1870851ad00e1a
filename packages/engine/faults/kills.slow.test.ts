import { loadCrypto } from '@ward/protocol/crypto';
import { isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { crashAtPoints, killAtRandom, wipe } from '@ward/testkit/network-faults';
import { NetworkStage } from '@ward/testkit/network-stage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const KILLS = 6;
/** One in each function that has any, and one behind the first block. */
const POINTS = [0, 4, 7, 11];

describe.skipIf(isWithoutCometbft)('four validators under load, for a short time', () => {
  const stage = new NetworkStage({ seed: 4101, crypto });
  beforeAll(() => stage.open());
  afterAll(() => stage.close());

  it('lose nothing while one after the other is killed at random moments', async () => {
    stage.report('kills', await stage.script.run(() => killAtRandom(stage, KILLS)));
  });

  it('lose nothing where CometBFT ends at its own crash points', async () => {
    const figures = await stage.script.run(() => crashAtPoints(stage, POINTS));
    stage.report('crash points', figures);
    expect(figures.reached).toEqual(POINTS);
  });

  it('give one that lost everything the whole chain again', async () => {
    stage.report('wiped node', await stage.script.run(() => wipe(stage, stage.nodes[2]!)));
  });

  it('have kept all that was told, once', async () => {
    const { acknowledged, reads } = await stage.script.run(() => stage.settle());
    expect(acknowledged).toBeGreaterThan(0);
    expect(reads).toBeGreaterThan(0);
  });
});
