import type { AbortSignalLike, Height } from '@ward/protocol';
import type { ConsensusEngine } from '../engine.ts';

interface Watcher {
  readonly height: Height;
  readonly wake: () => void;
}

/** Lets readers wait for heights. */
export class HeightWatch {
  readonly #engine: ConsensusEngine;
  readonly #watchers = new Set<Watcher>();
  readonly #unsubscribe: () => void;
  isClosed = false;

  constructor(engine: ConsensusEngine) {
    this.#engine = engine;
    this.#unsubscribe = engine.onBlock(() => this.#wakeReached());
    void engine.halted.then(() => this.close());
  }

  get height(): Height {
    return this.#engine.newest?.header.height ?? 0;
  }

  #wakeReached(): void {
    for (const watcher of this.#watchers) if (watcher.height <= this.height) watcher.wake();
  }

  /** @returns Whether the height is there; false when the wait was aborted, or is in vain. */
  async reached(height: Height, signal?: AbortSignalLike): Promise<boolean> {
    if (this.height < height && !this.isClosed && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const watcher = {
          height,
          wake: () => {
            this.#watchers.delete(watcher);
            signal?.removeEventListener('abort', watcher.wake);
            resolve();
          },
        };
        this.#watchers.add(watcher);
        signal?.addEventListener('abort', watcher.wake);
      });
    }
    return this.height >= height && signal?.aborted !== true;
  }

  /** Ends every wait. */
  close(): void {
    this.isClosed = true;
    this.#unsubscribe();
    for (const { wake } of this.#watchers) wake();
  }
}
