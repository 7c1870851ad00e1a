import { LEDGER_LIMITS, ProvedState } from '@ward/ledger/schema';
import { type StateClaim, toHex } from '@ward/protocol';
import type { Prover } from '../callers/members.ts';
import { untilJoined } from './until-joined.ts';

/** Keys that are asked together, and what is then known of them. */
interface Round {
  /** By their text, so that none is asked twice. */
  readonly keys: Map<string, Uint8Array>;
  readonly claims: Promise<{ state: ProvedState; claims: ReadonlyMap<string, StateClaim> }>;
}

/**
 * Asks the ledger one question for all that wait. While an answer is on its way, keys gather and go
 * out together: under load that is one request and one header to verify for many openings. Nobody
 * gets an answer to a question that left before theirs came.
 *
 * For servers only. A client asks for the keys of each chart by itself: who saw them side by side
 * would know that the charts are one person's.
 */
export class JoinedProofs implements Prover {
  readonly #ledger: Prover;
  readonly #waitMsMax: number | undefined;
  #onItsWay: Promise<unknown> | undefined;
  #waiting: Round | undefined;

  /** @param waitMsMax How long keys wait for a question that is on its way. */
  constructor(ledger: Prover, waitMsMax?: number) {
    this.#ledger = ledger;
    this.#waitMsMax = waitMsMax;
  }

  /** @throws WardError what the ledger throws, to all whose keys went out together. */
  async prove(keys: readonly Uint8Array[]): Promise<ProvedState> {
    if (keys.length > LEDGER_LIMITS.provedKeysMax) return this.#ledger.prove(keys);
    const names = keys.map((key) => toHex(key));
    const round = this.#roundFor(names);
    if (round === undefined) return this.#ledger.prove(keys);
    for (const [i, name] of names.entries()) round.keys.set(name, keys[i]!);
    const { state, claims } = await round.claims;
    return new ProvedState(
      state.header,
      names.map((name) => claims.get(name)!),
    );
  }

  /** The round that has not left yet; undefined where the keys find no place in it. */
  #roundFor(names: readonly string[]): Round | undefined {
    this.#waiting ??= this.#begin();
    const { keys } = this.#waiting;
    const added = names.filter((name) => !keys.has(name)).length;
    return keys.size + added > LEDGER_LIMITS.provedKeysMax ? undefined : this.#waiting;
  }

  #begin(): Round {
    const keys = new Map<string, Uint8Array>();
    return { keys, claims: this.#ask(keys) };
  }

  async #ask(keys: ReadonlyMap<string, Uint8Array>) {
    await untilJoined(this.#onItsWay, this.#waitMsMax);
    // From here on keys gather for the next round.
    this.#waiting = undefined;
    const asked = this.#ledger.prove([...keys.values()]);
    const done = () => {
      if (this.#onItsWay === onItsWay) this.#onItsWay = undefined;
    };
    const onItsWay = asked.then(done, done);
    this.#onItsWay = onItsWay;
    const state = await asked;
    const claims = new Map(state.claims.map((claim) => [toHex(claim.key), claim]));
    return { state, claims };
  }
}
