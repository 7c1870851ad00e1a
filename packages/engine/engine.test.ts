import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { describeEngine, type EngineUnderTest } from '@ward/testkit/engine-suite';
import { seededRandom } from '@ward/testkit/seeded-random';
import { SimulatedDisk } from '@ward/testkit/simulated-disk';
import { startSimulatedEngine, TestClock } from '@ward/testkit/simulated-engine';
import { TestLedger } from '@ward/testkit/test-ledger';
import { afterAll } from 'vitest';
import type { RunningEmbedded } from './embedded/start-embedded.ts';
import { openEmbeddedHome } from './embedded-home.ts';
import { EngineQueries } from './queries/engine-queries.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis, validatorSeed } = ledger;

function underTest(
  running: RunningEmbedded & { readonly stop?: () => Promise<void> },
  { clock, restart }: { clock: TestClock; restart: () => Promise<EngineUnderTest> },
): EngineUnderTest {
  const { engine } = running;
  const organisation = ledger.provider.id;
  const software = 'ward/test';
  const queries = new EngineQueries({ ...running, genesis, organisation, software, crypto });
  const stop = running.stop ?? (() => engine.stop());
  return {
    engine,
    queries,
    now: () => clock.seconds,
    async idle() {
      clock.ms += 3000;
      await engine.makeBlock();
    },
    async restart() {
      await stop();
      return restart();
    },
    async stop() {
      await stop();
      queries.close();
    },
  };
}

async function startOnDisk(disk: SimulatedDisk, clock: TestClock): Promise<EngineUnderTest> {
  const running = await startSimulatedEngine({ disk, ledger, clock });
  return underTest(running, { clock, restart: () => startOnDisk(disk, clock) });
}

describeEngine('the embedded engine on a simulated disk', ledger, () =>
  startOnDisk(new SimulatedDisk({ random: seededRandom(1) }), new TestClock()),
);

const homes: string[] = [];
afterAll(() => {
  for (const home of homes) rmSync(home, { recursive: true });
});

async function startInHome(home: string, clock: TestClock): Promise<EngineUnderTest> {
  const options = { home, genesis, validatorSeed, clock, crypto, workers: 2 };
  const running = await openEmbeddedHome(options);
  return underTest(running, { clock, restart: () => startInHome(home, clock) });
}

describeEngine('the embedded engine in a home, with workers', ledger, () => {
  const home = mkdtempSync(join(tmpdir(), 'ward-engine-'));
  homes.push(home);
  return startInHome(home, new TestClock());
});
