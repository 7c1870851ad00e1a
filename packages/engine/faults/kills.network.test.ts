import { loadCrypto } from '@ward/protocol/crypto';
import { isWithoutCometbft } from '@ward/testkit/cometbft-stage';
import { killAtRandom } from '@ward/testkit/network-faults';
import { NetworkStage } from '@ward/testkit/network-stage';
import { afterEach, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const KILLS = Number(process.env.WARD_FAULTS_KILLS ?? 110);
let stage: NetworkStage | undefined;
afterEach(() => stage?.close());

describe.skipIf(isWithoutCometbft)('four validators under load', () => {
  it('lose nothing while one after the other is killed at random moments', async () => {
    const own = new NetworkStage({ seed: 4001, crypto });
    stage = own;
    await own.script.run(async () => {
      await own.open();
      const figures = await killAtRandom(own, KILLS);
      const checked = await own.settle();
      own.report('kill -9 of a node, its CometBFT, or both', figures);
      expect(checked.acknowledged).toBeGreaterThan(KILLS);
      expect(checked.reads).toBeGreaterThan(KILLS / 4);
    });
  });
});
