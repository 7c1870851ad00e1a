import { loadCrypto } from '@ward/protocol/crypto';
import { isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { crashAtPoints } from '@ward/testkit/network-faults';
import { NetworkStage } from '@ward/testkit/network-stage';
import { afterEach, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const POINTS = Array.from({ length: 41 }, (_, point) => point);
let stage: NetworkStage | undefined;
afterEach(() => stage?.close());

describe.skipIf(isWithoutCometbft)('CometBFT of one of four validators', () => {
  it('may end at any of its own crash points', async () => {
    const own = new NetworkStage({ seed: 4003, crypto });
    stage = own;
    await own.script.run(async () => {
      await own.open();
      const figures = await crashAtPoints(own, POINTS);
      await own.settle();
      own.report('crash points 0 to 40 of CometBFT', figures);
      expect(figures.reached).toEqual(POINTS);
    });
  });
});
