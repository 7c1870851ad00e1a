import type { StateMachine } from '@ward/ledger';
import type { Genesis } from '@ward/ledger/schema';
import type { Clock, Crypto, LightBlock } from '@ward/protocol';
import type { EmbeddedEngine } from './embedded/embedded-engine.ts';
import { InlineIngress } from './embedded/ingress/inline-ingress.ts';
import { MemorySigningGuard } from './embedded/signing-guard.ts';
import { startEmbedded } from './embedded/start-embedded.ts';
import { EngineQueries } from './queries/engine-queries.ts';
import { VolatileStorage } from './storage/durable-storage.ts';

export interface MemoryEngineOptions {
  readonly genesis: Genesis;
  /** 32 bytes: the key of the one validator that the genesis names. */
  readonly validatorSeed: Uint8Array;
  /**
   * `automatic` (unless told) makes a block, and the one that proves it, as soon as a transaction
   * comes; `manual` makes one when `makeBlock` is called.
   */
  readonly blocks?: 'automatic' | 'manual';
  /** Real milliseconds after which there is an empty block; 0, unless told: never by itself. */
  readonly idleBlockMs?: number;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/** A ledger that runs and lasts as long as its process. */
export interface MemoryEngine {
  readonly engine: EmbeddedEngine;
  readonly machine: StateMachine;
  readonly queries: EngineQueries;
  /** One block of what waits, or an empty one; after the clock was moved, to show the new time. */
  makeBlock(): Promise<LightBlock>;
  stop(): Promise<void>;
}

/**
 * Starts the embedded engine on memory, without workers or sockets: for tests, simulations and
 * benches of other parts. Time comes from `clock` alone, so that the same calls make the same
 * blocks.
 *
 * @example
 * const { engine, queries, makeBlock } = await createMemoryEngine({ genesis, validatorSeed, … });
 */
export async function createMemoryEngine(options: MemoryEngineOptions): Promise<MemoryEngine> {
  const { genesis, crypto, idleBlockMs = 0 } = options;
  const running = await startEmbedded({
    ...options,
    idleBlockMs,
    storage: new VolatileStorage(),
    guard: new MemorySigningGuard(),
    ingress: new InlineIngress(crypto),
  });
  const { engine } = running;
  const organisation = genesis.members[0]!.id;
  const software = 'ward/memory';
  const queries = new EngineQueries({ ...running, genesis, organisation, software, crypto });
  return {
    ...running,
    queries,
    makeBlock: () => engine.makeBlock(),
    async stop() {
      await engine.stop();
      queries.close();
    },
  };
}
