import type { RunningEmbedded } from '@ward/engine';
import type { VerifiedTransaction } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import { LightBlock, toHex, type WardError } from '@ward/protocol';
import { seededRandom } from './seeded-random.ts';
import { PowerLost, SimulatedDisk } from './simulated-disk.ts';
import { startSimulatedEngine, TestClock } from './simulated-engine.ts';
import type { TestLedger } from './test-ledger.ts';

/** What somebody outside was told before the power went. */
export interface Told {
  /** Acknowledged transactions, by id, with the block that took them. */
  readonly committed: Map<string, number>;
  /** Hashes of blocks that were shown, by height. */
  readonly shown: Map<number, string>;
}

/** Rounds of transactions that are sent together and waited for. */
export function crashRounds(ledger: TestLedger): VerifiedTransaction[][] {
  const { seconds } = new TestClock();
  return [1, 3, 1, 12, 2].map((count, round) =>
    Array.from({ length: count }, (_, i) => {
      const address = ledger.crypto.sha256(Uint8Array.of(round, i));
      const slots = [{ address, value: address }];
      return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, seconds);
    }),
  );
}

/** A failure that losing the power explains. */
function isPowerLoss(error: unknown): boolean {
  if (error instanceof PowerLost) return true;
  const { cause } = error as { cause?: unknown };
  return cause instanceof PowerLost || (error as WardError).code === 'ENGINE_STOPPED';
}

async function sendAll(
  running: RunningEmbedded,
  rounds: readonly (readonly VerifiedTransaction[])[],
  told: Told,
): Promise<void> {
  for (const round of rounds) {
    const sent = round.map(async ({ envelope, id }) => {
      const { height } = await running.engine.submit(envelope);
      told.committed.set(toHex(id), height);
    });
    const settled = await Promise.allSettled(sent);
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

async function live(
  disk: SimulatedDisk,
  ledger: TestLedger,
  rounds: readonly (readonly VerifiedTransaction[])[],
): Promise<Told> {
  const told: Told = { committed: new Map(), shown: new Map() };
  try {
    const running = await startSimulatedEngine({ disk, ledger, clock: new TestClock() });
    const note = ({ header, commit }: LightBlock) =>
      told.shown.set(header.height, toHex(commit.block.hash));
    note(running.engine.newest!);
    running.engine.onBlock(note);
    await sendAll(running, rounds, told);
    await running.engine.stop();
  } catch (error) {
    if (!isPowerLoss(error)) throw error;
  }
  return told;
}

/** How many operations on the disk a run without a crash has: each is a moment to crash at. */
export async function countOperations(
  ledger: TestLedger,
  rounds: readonly (readonly VerifiedTransaction[])[],
): Promise<number> {
  const disk = new SimulatedDisk({ random: seededRandom(0) });
  await live(disk, ledger, rounds);
  return disk.operations;
}

/** What is found on the disk after a crash, by an engine that was started on it. */
export interface Recovered {
  readonly told: Told;
  readonly running: RunningEmbedded;
  /** Every block, from the first on. */
  readonly blocks: readonly { readonly lightBlock: LightBlock; readonly ids: readonly string[] }[];
}

/**
 * Runs an engine, cuts the power in the middle of one operation, starts another on what the disk
 * has kept, and sends everything again.
 */
export async function crashAt(
  { operation, seed }: { readonly operation: number; readonly seed: number },
  ledger: TestLedger,
  rounds: readonly (readonly VerifiedTransaction[])[],
): Promise<Recovered> {
  const random = seededRandom(seed * 7919 + operation);
  const disk = new SimulatedDisk({ random, powerLostAt: operation });
  const told = await live(disk, ledger, rounds);
  const survivor = disk.afterPowerLoss();
  const clock = new TestClock();
  const running = await startSimulatedEngine({ disk: survivor, ledger, clock });
  const again = rounds.flat().map(({ envelope }) =>
    running.engine.submit(envelope).catch((error: WardError) => {
      if (error.code !== 'TRANSACTION_REPLAYED') throw error;
    }),
  );
  await Promise.all(again);
  const blocks = Array.from({ length: running.machine.height }, (_, i) => {
    const { lightBlock, transactions } = running.machine.block(i + 1)!;
    const ids = transactions.map((envelope) => idOf(envelope, rounds));
    return { lightBlock: LightBlock.decode(lightBlock), ids };
  });
  return { told, running, blocks };
}

function idOf(envelope: Uint8Array, rounds: readonly (readonly VerifiedTransaction[])[]): string {
  const found = rounds.flat().find((made) => Buffer.compare(made.envelope, envelope) === 0);
  return toHex(found!.id);
}
