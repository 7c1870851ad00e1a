import {
  type Disk,
  FileSigningGuard,
  FileStorage,
  InlineIngress,
  type RunningEmbedded,
  type StartEmbeddedOptions,
  startEmbedded,
} from '@ward/engine';
import { TEST_TIME, type TestLedger } from './test-ledger.ts';

const HOME = '/ward';
/** Small, so that a few blocks already cross from one file into the next. */
const SEGMENT_BYTES = 8192;

/** A clock that a test sets. */
export class TestClock {
  ms = (TEST_TIME + 5) * 1000;

  nowMs(): number {
    return this.ms;
  }

  get seconds(): number {
    return Math.floor(this.ms / 1000);
  }
}

export interface SimulatedEngineOptions extends Partial<StartEmbeddedOptions> {
  readonly disk: Disk;
  readonly ledger: TestLedger;
  readonly clock: TestClock;
}

/**
 * Starts the embedded engine on a disk of the test's own, such as a `SimulatedDisk`, as a process
 * would on the files of its home. Blocks come as transactions come, unless told; none by itself.
 */
export async function startSimulatedEngine(
  options: SimulatedEngineOptions,
): Promise<RunningEmbedded> {
  const { disk, ledger } = options;
  const { genesis, validatorSeed, crypto } = ledger;
  const storage = new FileStorage({
    ...{ folder: `${HOME}/ledger`, segmentBytes: SEGMENT_BYTES, retryMs: 1, disk },
  });
  return startEmbedded({
    ...{ genesis, validatorSeed, storage, crypto, idleBlockMs: 0 },
    guard: new FileSigningGuard(`${HOME}/validator-state`, disk),
    ingress: new InlineIngress(crypto),
    ...options,
  });
}
