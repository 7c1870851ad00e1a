import type { Clock } from '@ward/protocol';

/** A clock that can be set off from another: sandboxes travel in time. */
export class MovedClock implements Clock {
  readonly #base: Clock;
  offsetMs: number;

  constructor(base: Clock, offsetMs = 0) {
    this.#base = base;
    this.offsetMs = offsetMs;
  }

  nowMs(): number {
    return this.#base.nowMs() + this.offsetMs;
  }
}
