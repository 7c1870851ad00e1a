import type { Misbehaviour, ValidatorUpdate, ValidatorVote } from '@ward/ledger';
import { compareBytes, parseHex, toHex, type Validator, validatorAddress } from '@ward/protocol';
import { validatorKey } from '../../governed-ledger.ts';
import type { Cast } from './cast.ts';

const GENERATIONS = 3;
/** Blocks after which an update is in force. */
const DELAY = 2;

interface EngineValidator {
  readonly address: Uint8Array;
  readonly power: number;
}

/** The set of an engine that takes updates as CometBFT does: strictly, and two blocks later. */
export class SimulatedValidators {
  readonly #cast: Cast;
  readonly #set = new Map<string, number>();
  readonly #waiting: (readonly ValidatorUpdate[])[] = [];
  /** Member of each key that anybody may have. */
  readonly #members = new Map<string, number>();

  constructor(cast: Cast) {
    this.#cast = cast;
    const { crypto, genesis } = cast.ledger;
    for (const [index] of cast.everybody.entries()) {
      for (let generation = 0; generation < GENERATIONS; generation++) {
        const { publicKey } = validatorKey(crypto, index, generation);
        this.#members.set(toHex(validatorAddress(publicKey, crypto)), index);
      }
    }
    for (const one of genesis.validators) this.#put(one);
  }

  #put({ publicKey, power }: Validator): void {
    const address = toHex(validatorAddress(publicKey, this.#cast.ledger.crypto));
    if (power > 0) this.#set.set(address, power);
    else if (!this.#set.delete(address)) throw new Error('the engine is told to drop a stranger');
  }

  /** Takes what a block asks for. @throws Error for what CometBFT would stop at. */
  take(updates: readonly ValidatorUpdate[]): void {
    const keys = updates.map(({ publicKey }) => toHex(publicKey));
    if (new Set(keys).size < keys.length) throw new Error('the engine is told of a key twice');
    this.#waiting.push(updates);
    if (this.#waiting.length <= DELAY) return;
    for (const update of this.#waiting.shift()!) this.#put(update);
    if (this.#set.size === 0) throw new Error('the engine is told to go on without validators');
  }

  /** Those who vote now, in the order of their addresses. */
  now(): EngineValidator[] {
    return [...this.#set]
      .map(([address, power]) => ({ address: parseHex(address), power }))
      .sort((a, b) => compareBytes(a.address, b.address));
  }

  /** Number of the member whose key it is. */
  memberOf(address: Uint8Array): number {
    return this.#members.get(toHex(address)) ?? -1;
  }

  /**
   * Votes of a round.
   *
   * @param isPresent Whether a member's validator sees the round.
   */
  vote(isPresent: (member: number) => boolean): { votes: ValidatorVote[]; isDecided: boolean } {
    let [signed, whole] = [0, 0];
    const votes = this.now().map(({ address, power }) => {
      const isSigned = isPresent(this.memberOf(address));
      whole += power;
      if (isSigned) signed += power;
      return { validator: address, isSigned };
    });
    return { votes, isDecided: signed * 3 > whole * 2 };
  }

  /** Evidence against anybody, of now or long ago; also against a key that nobody has. */
  anyEvidence(height: number, time: number): Misbehaviour {
    const { random } = this.#cast;
    const known = [...this.#members.keys()];
    const isKnown = random.below(20) > 0;
    const age = random.pick([1, 1, 2, 5, 40]);
    return {
      kind: random.pick(['duplicate-vote', 'light-client-attack'] as const),
      validator: isKnown ? parseHex(random.pick(known) as never) : random.bytes(20),
      height: Math.max(1, height - age),
      time: time - age * random.below(6),
      totalPower: 9,
    };
  }
}
