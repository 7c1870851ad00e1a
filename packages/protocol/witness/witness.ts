import { type BlockHeader, headerHash } from '../block/header.ts';
import { equalBytes } from '../bytes.ts';
import type { Clock, Crypto, Ed25519KeyPair } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { MS_PER_SECOND } from '../units.ts';
import type { Checkpoint } from './checkpoint.ts';
import { cosign } from './cosignature.ts';

/** Keeps what a witness cosigned last, for each origin; durably, or its word is worth nothing. */
export interface WitnessStore {
  load(origin: string): Promise<Checkpoint | undefined>;
  /** Returns when it is kept: only then is anything signed. */
  save(checkpoint: Checkpoint): Promise<void>;
}

/** Headers that a witness looks at for one head. */
export const WITNESS_HEADERS_MAX = 1000;

export interface WitnessOptions {
  readonly name: string;
  readonly keyPair: Ed25519KeyPair;
  readonly store: WitnessStore;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/**
 * Says once what it has seen: of each ledger it cosigns one line of heads, in which each leads
 * to the one before it by the hashes of headers. It says nothing about who signed the headers: that
 * is for a light client to verify, before.
 */
export class Witness {
  readonly #options: WitnessOptions;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  /**
   * Cosigns a head, now.
   *
   * @param headers From the one behind the last cosigned head up to this head's own; of the first
   * head only its own. None where the head is the last one again.
   * @returns The signed note.
   * @throws WardError `WITNESS_BEHIND` below the last head; `WITNESS_SPLIT` for another header of
   * its height, or a line that does not lead to it: an alarm; `WITNESS_GAP` where headers are
   * missing.
   */
  cosign(head: Checkpoint, headers: readonly BlockHeader[]): Promise<string> {
    // One after the other: two heads at once would both follow from the same last one.
    const cosigned = this.#queue.then(() => this.#cosign(head, headers));
    this.#queue = cosigned.catch(() => undefined);
    return cosigned;
  }

  async #cosign(head: Checkpoint, headers: readonly BlockHeader[]): Promise<string> {
    const { store, clock, crypto } = this.#options;
    const last = await store.load(head.origin);
    checkFollows(head, { last, headers }, crypto);
    if (last?.height !== head.height) await store.save(head);
    const time = Math.floor(clock.nowMs() / MS_PER_SECOND);
    return cosign({ checkpoint: head, time }, this.#options, crypto);
  }
}

/** @throws WardError `WITNESS_BEHIND`, `WITNESS_SPLIT`, `WITNESS_GAP`. */
function checkFollows(
  { height, hash }: Checkpoint,
  { last, headers }: { last: Checkpoint | undefined; headers: readonly BlockHeader[] },
  crypto: Crypto,
): void {
  if (last !== undefined && height < last.height) {
    throw refuse('WITNESS_BEHIND', { height, known: last.height });
  }
  if (last?.height === height) {
    if (!equalBytes(last.hash, hash)) throw refuse('WITNESS_SPLIT', { height });
    return;
  }
  const from = last === undefined ? height : last.height + 1;
  const isWhole =
    headers.length === height - from + 1 &&
    headers.length <= WITNESS_HEADERS_MAX &&
    headers.every((header, i) => header.height === from + i);
  if (!isWhole) throw refuse('WITNESS_GAP', { height, from });
  let before = last?.hash;
  for (const header of headers) {
    const isLinked = before === undefined || equalBytes(header.lastBlock.hash, before);
    if (!isLinked) throw refuse('WITNESS_SPLIT', { height: header.height });
    before = headerHash(header, crypto);
  }
  if (!equalBytes(before!, hash)) throw refuse('WITNESS_SPLIT', { height });
}
