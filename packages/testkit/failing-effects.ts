import type { Transport } from '@ward/protocol';
import type { EventStore } from '@ward/sdk';

/** The process that was to do an effect is gone. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

/**
 * Counts the effects of a client, on its store and on servers, and lets it die at one of them: from
 * then on none of its effects happens. Before or behind the effect, as the test wants.
 */
export class FailingEffects {
  readonly #dieAt: number;
  readonly #isDone: boolean;
  #count = 0;

  /**
   * @param dieAt Number of the effect, from 0; none when it is negative.
   * @param isDone The effect happens, and only the client never hears of it.
   */
  constructor(dieAt: number, isDone: boolean) {
    this.#dieAt = dieAt;
    this.#isDone = isDone;
  }

  /** Effects so far. */
  get count(): number {
    return this.#count;
  }

  get isDead(): boolean {
    return this.#dieAt >= 0 && this.#count > this.#dieAt;
  }

  async #effect<T>(work: () => Promise<T>): Promise<T> {
    const isNow = this.#count === this.#dieAt;
    if (this.isDead) throw new Crashed('dead already');
    this.#count++;
    if (isNow && !this.#isDone) throw new Crashed('before it');
    const result = await work();
    if (isNow || this.isDead) throw new Crashed('behind it');
    return result;
  }

  store(store: EventStore): EventStore {
    return {
      load: () => store.load(),
      append: (records) => this.#effect(() => store.append(records)),
      rewrite: (records) => this.#effect(() => store.rewrite(records)),
    };
  }

  transport(transport: Transport): Transport {
    return {
      name: transport.name,
      send: (request, options) => this.#effect(() => transport.send(request, options)),
    };
  }
}
