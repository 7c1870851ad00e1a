import {
  type BlockArchive,
  type Commitment,
  type ConsensusEngine,
  InlineIngress,
} from '@ward/engine';
import type { BlockReport, EngineUpdates, StateMachine, VerifiedTransaction } from '@ward/ledger';
import {
  type BlockTime,
  type Clock,
  type Crypto,
  commitHash,
  encodeTransactionResult,
  equalBytes,
  LightBlock,
  MS_PER_SECOND,
  merkleRoot,
  sortValidators,
  type TransactionResult,
  toHex,
  validatorAddress,
} from '@ward/protocol';
import { signLightBlock, type TestValidator } from './light-blocks.ts';

export interface GovernedEngineOptions {
  readonly machine: StateMachine;
  readonly archive: BlockArchive;
  readonly chain: string;
  /** Of the genesis, and every key that members may make a validator of. */
  readonly validators: readonly TestValidator[];
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/**
 * An engine with several validators in one process: every transaction is a block, and one behind
 * it proves it. What members decide of validators is in force two blocks later, as in CometBFT.
 */
export class GovernedEngine implements ConsensusEngine {
  readonly kind = 'cometbft';
  readonly halted = new Promise<Error>(() => {});
  readonly mempool = { transactions: 0, bytes: 0 };
  /** Addresses, in hexadecimal, of validators that do not sign; two thirds have to. */
  readonly away = new Set<string>();
  readonly #options: GovernedEngineOptions;
  readonly #ingress: InlineIngress;
  readonly #listeners = new Set<(block: LightBlock) => void>();
  readonly #keys: readonly TestValidator[];
  /** Who signs the next block, and the one after it. */
  #validators: TestValidator[];
  #nextValidators: TestValidator[];
  #results: readonly TransactionResult[] = [];
  newest: LightBlock | undefined;

  constructor(options: GovernedEngineOptions, first: readonly TestValidator[]) {
    this.#options = options;
    this.#ingress = new InlineIngress(options.crypto);
    this.#keys = options.validators;
    this.#validators = sortValidators(first, options.crypto) as TestValidator[];
    this.#nextValidators = this.#validators;
  }

  async start(): Promise<void> {
    this.makeBlock();
  }

  async submit(envelope: Uint8Array): Promise<Commitment> {
    const { machine } = this.#options;
    const transaction = await this.#ingress.verify(envelope);
    machine.checkSigned(transaction, this.#nextTime().seconds);
    const [result] = this.makeBlock([transaction]);
    const { height } = machine;
    this.makeBlock();
    return { id: transaction.id, height, index: 0, result: result! };
  }

  /** Executes, signs and commits a block. */
  makeBlock(transactions: readonly VerifiedTransaction[] = []): readonly TransactionResult[] {
    const { machine, chain, crypto } = this.#options;
    const height = machine.height + 1;
    const time = this.#nextTime();
    const { appHash } = machine;
    const block = { height, time: time.seconds, transactions, ...this.#report() };
    const { results, ...updates } = machine.execute(block);
    const last = this.newest?.commit;
    const lightBlock = signLightBlock(
      {
        ...{ chain, height, time, validators: this.#validators },
        nextValidators: this.#nextValidators,
        signers: this.#validators.filter((each) => !this.#isAway(each.publicKey)),
        header: {
          appHash,
          dataHash: merkleRoot(
            transactions.map(({ digest }) => digest),
            crypto,
          ),
          lastResultsHash: merkleRoot(this.#results.map(encodeTransactionResult), crypto),
          ...(last && { lastBlock: last.block, lastCommitHash: commitHash(last, crypto) }),
        },
      },
      crypto,
    );
    machine.commit({ lightBlock: LightBlock.encode(lightBlock) });
    this.#results = results;
    this.newest = lightBlock;
    this.#follow(updates);
    for (const tell of this.#listeners) tell(lightBlock);
    return results;
  }

  /** Who signed the block before. */
  #report(): BlockReport {
    if (this.newest === undefined) return {};
    const { validators, commit } = this.newest;
    const lastCommit = validators.map(({ publicKey }, i) => ({
      validator: validatorAddress(publicKey, this.#options.crypto),
      isSigned: commit.signatures[i]!.flag === 'commit',
    }));
    return { lastCommit };
  }

  #isAway(publicKey: Uint8Array): boolean {
    return this.away.has(toHex(validatorAddress(publicKey, this.#options.crypto)));
  }

  #follow({ validatorUpdates }: Pick<EngineUpdates, 'validatorUpdates'>): void {
    let next = [...this.#nextValidators];
    for (const { publicKey, power } of validatorUpdates) {
      next = next.filter((each) => !equalBytes(each.publicKey, publicKey));
      const known = this.#keys.find((each) => equalBytes(each.publicKey, publicKey));
      if (power > 0) next.push({ ...known!, power });
    }
    this.#validators = this.#nextValidators;
    this.#nextValidators = sortValidators(next, this.#options.crypto) as TestValidator[];
  }

  /** The clock's time, or a millisecond behind the last block. */
  #nextTime(): BlockTime {
    const { clock } = this.#options;
    const last = this.newest?.header.time ?? { seconds: 0, nanos: 0 };
    const lastMs = last.seconds * MS_PER_SECOND + last.nanos / 1_000_000;
    const ms = Math.max(clock.nowMs(), lastMs + 1);
    const seconds = Math.floor(ms / MS_PER_SECOND);
    return { seconds, nanos: (ms - seconds * MS_PER_SECOND) * 1_000_000 };
  }

  onBlock(listener: (block: LightBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async stop(): Promise<void> {}
}
