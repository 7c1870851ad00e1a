import { type BlockHeader, type Crypto, headerHash, type LightBlock } from '@ward/protocol';
import { signLightBlock, type TestValidator, testValidators } from './light-blocks.ts';

export interface RotatingChainOptions {
  readonly chain: string;
  /** Time of height 0; a block comes each second. */
  readonly start: number;
  /** Size of the set; one validator of equal power goes and another comes at each height. */
  readonly validators: number;
  readonly seed: number;
  readonly crypto: Crypto;
}

/** What a fork has otherwise than the chain that it leaves. */
export interface ForkPoint {
  /** First height that is another. */
  readonly from: number;
  /** Stands in its headers. */
  readonly appHash: Uint8Array;
}

const POOL = 250;

/** A chain of signed light blocks whose validators change all the time, made as it is asked for. */
export class RotatingChain {
  readonly #options: RotatingChainOptions;
  readonly #pool: readonly TestValidator[];
  readonly #fork: ForkPoint | undefined;
  readonly #blocks: LightBlock[] = [];

  constructor(options: RotatingChainOptions, fork?: ForkPoint) {
    const { seed, crypto } = options;
    this.#options = options;
    this.#fork = fork;
    this.#pool = testValidators(new Array(POOL).fill(10), { seed, crypto });
  }

  /** The same chain up to a height, and another from there on, signed by the same validators. */
  forkedFrom(fork: ForkPoint): RotatingChain {
    return new RotatingChain(this.#options, fork);
  }

  validatorsAt(height: number): readonly TestValidator[] {
    const { validators } = this.#options;
    const rank = (one: TestValidator) => this.#pool.indexOf(one);
    const chosen = Array.from({ length: validators }, (_, i) => this.#pool[(height + i) % POOL]!);
    return chosen.sort((a, b) => rank(a) - rank(b));
  }

  blockAt(height: number): LightBlock {
    while (this.#blocks.length < height) this.#blocks.push(this.#make(this.#blocks.length + 1));
    return this.#blocks[height - 1]!;
  }

  #make(height: number): LightBlock {
    const { chain, start, crypto } = this.#options;
    const before = this.#blocks.at(-1);
    const header: Partial<BlockHeader> = {
      ...(before === undefined ? {} : { lastBlock: before.commit.block }),
      ...(this.#fork !== undefined && height >= this.#fork.from
        ? { appHash: this.#fork.appHash }
        : {}),
    };
    return signLightBlock(
      {
        ...{ chain, height, header },
        time: { seconds: start + height, nanos: 0 },
        validators: this.validatorsAt(height),
        nextValidators: this.validatorsAt(height + 1),
      },
      crypto,
    );
  }

  hashAt(height: number): Uint8Array {
    return headerHash(this.blockAt(height).header, this.#options.crypto);
  }
}
