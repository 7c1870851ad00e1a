import type { Connection } from './connection.ts';
import { WORKER_LIMITS } from './worker-messages.ts';

/** Whose frame a token stands for. */
export interface TokenOwner {
  readonly connection: Connection;
  readonly frame: number;
}

/** Numbers under which a worker hands transactions over: one for each that is not answered. */
export class Tokens {
  readonly #owners: (TokenOwner | undefined)[] = new Array(WORKER_LIMITS.tokensMax);
  readonly #free = Array.from({ length: WORKER_LIMITS.tokensMax }, (_, token) => token);

  get hasRoom(): boolean {
    return this.#free.length > 0;
  }

  give(owner: TokenOwner): number {
    const token = this.#free.pop();
    if (token === undefined) throw new Error('more transactions than a worker may hand over');
    this.#owners[token] = owner;
    return token;
  }

  /** Whose token it was; it may be given again. */
  takeBack(token: number): TokenOwner {
    const owner = this.#owners[token];
    if (owner === undefined) throw new Error('a token that was not given');
    this.#owners[token] = undefined;
    this.#free.push(token);
    return owner;
  }
}
