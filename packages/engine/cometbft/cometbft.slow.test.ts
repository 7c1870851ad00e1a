import { loadCrypto } from '@ward/protocol/crypto';
import {
  CometbftStage,
  isWithoutCometbft,
  ledgerOfNow,
  type StagedNode,
} from '@ward/testkit/cometbft-stage';
import { describeEngine, type EngineUnderTest } from '@ward/testkit/engine-suite';
import { afterAll, describe } from 'vitest';

const crypto = await loadCrypto();

const ledger = ledgerOfNow(crypto);
const stages: CometbftStage[] = [];
afterAll(async () => {
  for (const stage of stages) await stage.close();
});

function underTest(node: StagedNode, stage: CometbftStage): EngineUnderTest {
  const { engine, queries } = node;
  return {
    engine,
    queries,
    now: () => engine.newest!.header.time.seconds,
    idle: () => nextBlock(node),
    async restart() {
      await node.stop();
      return underTest(await stage.start(0), stage);
    },
    stop: () => node.stop(),
  };
}

function nextBlock({ engine }: StagedNode): Promise<void> {
  return new Promise((resolve) => {
    const end = engine.onBlock(() => {
      end();
      resolve();
    });
  });
}

describe.skipIf(isWithoutCometbft)('with CometBFT', () => {
  describeEngine('a network of one on CometBFT', ledger, async () => {
    const stage = new CometbftStage(ledger);
    stages.push(stage);
    return underTest(await stage.start(0), stage);
  });
});
