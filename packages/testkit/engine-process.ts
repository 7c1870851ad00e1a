import { openEmbeddedHome } from '@ward/engine';
import { loadCrypto } from '@ward/protocol/crypto';
import { KillingDisk } from './killing-disk.ts';
import { TEST_TIME, TestLedger } from './test-ledger.ts';

/** How a process of an engine is started: these, as JSON, in its one argument. */
export interface EngineProcessOptions {
  readonly home: string;
  /** When time on the ledger began, by the clock of this machine. */
  readonly startedMs: number;
  /** Number of the disk operation in the middle of which it kills itself; 0: none. */
  readonly killAt: number;
}

/** Time on the ledger of a test that runs through several processes. */
export function processClock(startedMs: number) {
  return { nowMs: () => TEST_TIME * 1000 + Date.now() - startedMs };
}

async function run({ home, startedMs, killAt }: EngineProcessOptions): Promise<void> {
  const crypto = await loadCrypto();
  const { genesis, validatorSeed } = new TestLedger(crypto);
  const running = await openEmbeddedHome({
    ...{ home, genesis, validatorSeed, crypto, workers: 1 },
    ...(killAt === 0 ? {} : { disk: new KillingDisk(killAt) }),
    clock: processClock(startedMs),
    listen: { folder: `${home}/ingress` },
    idleBlockMs: 20,
  });
  process.send!({ path: running.addresses[0]!.path! });
  process.on('disconnect', () => void running.stop());
}

if (import.meta.main) await run(JSON.parse(process.argv[2]!) as EngineProcessOptions);
