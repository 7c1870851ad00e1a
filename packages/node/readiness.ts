import { statfs } from 'node:fs/promises';
import type { ConsensusEngine } from '@ward/engine';
import { type Clock, MS_PER_SECOND, word } from '@ward/protocol';
import type { ReadinessCheck } from '@ward/server';
import type { NodeLimits } from './limits.ts';

export interface ReadinessOptions {
  /** Folder whose disk must have room; null where nothing is written. */
  readonly home: string | null;
  readonly clock: Clock;
  readonly limits: Pick<
    NodeLimits,
    'freeBytesMin' | 'clockBehindSecondsMax' | 'blockAgeSecondsMax'
  >;
}

/** Whether a node can be given work; the operator's door asks from before the ledger is open. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #engine: ConsensusEngine | undefined;
  #isHalted = false;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** The ledger is recovered and makes blocks. */
  running(engine: ConsensusEngine): void {
    this.#engine = engine;
    void engine.halted.then(() => {
      this.#isHalted = true;
    });
  }

  get checks(): readonly ReadinessCheck[] {
    return [
      { name: word('recovered'), isReady: () => this.#engine !== undefined },
      { name: word('engine'), isReady: () => !this.#isHalted },
      { name: word('disk'), isReady: () => this.#hasSpace() },
      { name: word('clock'), isReady: () => this.#isClockRight() },
    ];
  }

  async #hasSpace(): Promise<boolean> {
    const { home, limits } = this.#options;
    if (home === null) return true;
    const { bavail, bsize } = await statfs(home);
    return bavail * bsize >= limits.freeBytesMin;
  }

  /** A clock that is behind makes blocks that clients take for old; one far ahead shows none. */
  #isClockRight(): boolean {
    const { clock, limits } = this.#options;
    const time = this.#engine?.newest?.header.time.seconds;
    if (time === undefined) return false;
    const ageSeconds = Math.floor(clock.nowMs() / MS_PER_SECOND) - time;
    return ageSeconds >= -limits.clockBehindSecondsMax && ageSeconds <= limits.blockAgeSecondsMax;
  }
}
