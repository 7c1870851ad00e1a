import { REQUEST_AGE_SECONDS_MAX, refuseProtocol, type Seconds, toHex } from '@ward/protocol';

const SECONDS_PER_MINUTE = 60;
/** A signed request can come this long before or after the server's own time. */
const MINUTES_KEPT = Math.ceil(REQUEST_AGE_SECONDS_MAX / SECONDS_PER_MINUTE) + 1;

/**
 * The nonces of signed requests, one table for each minute that is still accepted: a request counts
 * once. The tables are in memory; a server that has just started refuses what was signed before it.
 */
export class Nonces {
  readonly #minutes = new Map<number, Set<string>>();
  readonly #perMinuteMax: number;
  readonly #startedAt: Seconds;

  constructor({ perMinuteMax, startedAt }: { perMinuteMax: number; startedAt: Seconds }) {
    this.#perMinuteMax = perMinuteMax;
    this.#startedAt = startedAt;
  }

  /**
   * Takes the nonce of a request whose signature and authority were verified.
   *
   * @throws WardError `REQUEST_REPLAYED`, `REQUEST_TIME`, `SERVER_BUSY` when a minute is full.
   */
  take(signed: { key: Uint8Array; nonce: Uint8Array; time: Seconds }, now: Seconds): void {
    this.#forget(now);
    const { key, nonce, time } = signed;
    if (time < this.#startedAt && this.#isFresh(now)) {
      throw refuseProtocol('REQUEST_TIME', { skewSeconds: now - time });
    }
    const minute = Math.floor(time / SECONDS_PER_MINUTE);
    const seen = this.#minutes.get(minute) ?? new Set<string>();
    this.#minutes.set(minute, seen);
    const name = `${toHex(key)}${toHex(nonce)}`;
    if (seen.has(name)) throw refuseProtocol('REQUEST_REPLAYED');
    if (seen.size >= this.#perMinuteMax) {
      throw refuseProtocol('SERVER_BUSY', { retrySeconds: SECONDS_PER_MINUTE });
    }
    seen.add(name);
  }

  /** Requests signed before the start could still be accepted by their time. */
  #isFresh(now: Seconds): boolean {
    const age = now - this.#startedAt;
    return age >= 0 && age <= 2 * REQUEST_AGE_SECONDS_MAX;
  }

  #forget(now: Seconds): void {
    const current = Math.floor(now / SECONDS_PER_MINUTE);
    for (const minute of this.#minutes.keys()) {
      if (Math.abs(minute - current) > MINUTES_KEPT) this.#minutes.delete(minute);
    }
  }
}
