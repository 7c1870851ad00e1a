import { StateMachine } from '@ward/ledger';
import { BlockArchive } from '../queries/block-archive.ts';
import { EmbeddedEngine, type EmbeddedEngineOptions } from './embedded-engine.ts';

export interface StartEmbeddedOptions extends Omit<EmbeddedEngineOptions, 'machine' | 'archive'> {
  /** States that can be read and proved; see `StateMachine.open`. */
  readonly retainedHeights?: number | undefined;
}

/** An engine that runs, with what it runs on. */
export interface RunningEmbedded {
  readonly engine: EmbeddedEngine;
  readonly machine: StateMachine;
  readonly archive: BlockArchive;
}

/**
 * Recovers the ledger from its storage and runs it. What the options hold is closed when that
 * fails, and when the engine stops.
 *
 * @throws WardError as `StateMachine.open` and `EmbeddedEngine.start`.
 */
export async function startEmbedded(options: StartEmbeddedOptions): Promise<RunningEmbedded> {
  const { storage, guard, genesis, retainedHeights, crypto } = options;
  let engine: EmbeddedEngine | undefined;
  try {
    const retained = retainedHeights === undefined ? {} : { retainedHeights };
    const machine = StateMachine.open({ storage, crypto, genesis, ...retained });
    const archive = new BlockArchive(machine, crypto);
    engine = new EmbeddedEngine({ ...options, machine, archive });
    await engine.start();
    return { engine, machine, archive };
  } catch (error) {
    if (engine === undefined) {
      await storage.close();
      guard.close();
    }
    throw error;
  }
}
