import type { Genesis } from '@ward/ledger/schema';
import { LEDGER_LIMITS } from '@ward/ledger/schema';
import {
  type BlockHeader,
  type BlockId,
  type BlockTime,
  type Commit,
  type Crypto,
  commitHash,
  concatBytes,
  type Digest,
  type Ed25519KeyPair,
  equalBytes,
  type Height,
  headerHash,
  type LightBlock,
  merkleLeaf,
  precommitBytes,
  proto,
  validatorAddress,
  validatorsHash,
} from '@ward/protocol';
import { refuse } from '../errors.ts';

/** CometBFT's block protocol, whose headers these are. */
const BLOCK_VERSION = 11;
const APP_VERSION = 1;
const NONE = new Uint8Array(0);
const NO_BLOCK: BlockId = { hash: NONE, partsTotal: 0, partsHash: NONE };

/** What a block holds and follows. */
export interface BlockContents {
  readonly height: Height;
  readonly time: BlockTime;
  /** Root over SHA-256 of each envelope. */
  readonly dataHash: Digest;
  /** State after the block before. */
  readonly appHash: Digest;
  /** Root over the results of the block before. */
  readonly lastResultsHash: Digest;
}

/**
 * Makes CometBFT-format light blocks of a chain with one validator, whose key it holds.
 *
 * Where CometBFT has things that one process has not: every block is committed in round 0, at its
 * own time, without evidence; its one part, which never travels, is its header's hash, so the part
 * set of its id is (1, leaf hash of the header's hash).
 */
export class BlockMaker {
  readonly #chain: string;
  readonly #keyPair: Ed25519KeyPair;
  readonly #crypto: Crypto;
  readonly #address: Uint8Array;
  readonly #validators: LightBlock['validators'];
  readonly #fixed: Pick<
    BlockHeader,
    'validatorsHash' | 'nextValidatorsHash' | 'consensusHash' | 'evidenceHash' | 'proposer'
  >;

  /**
   * @param validatorSeed 32 bytes.
   * @throws WardError `VALIDATOR_MISMATCH` when the genesis names another validator, or several;
   * `MEMBERS_GOVERN` when they may become others by vote.
   */
  constructor(genesis: Genesis, validatorSeed: Uint8Array, crypto: Crypto) {
    const keyPair = crypto.ed25519.keyPair(validatorSeed);
    const [validator, ...others] = genesis.validators;
    const isOurs = others.length === 0 && equalBytes(validator!.publicKey, keyPair.publicKey);
    if (!isOurs) throw refuse('VALIDATOR_MISMATCH');
    if (genesis.governance !== null) throw refuse('MEMBERS_GOVERN');
    this.#chain = genesis.chain;
    this.#keyPair = keyPair;
    this.#crypto = crypto;
    this.#validators = genesis.validators;
    this.#address = validatorAddress(keyPair.publicKey, crypto);
    const validators = validatorsHash(this.#validators, crypto);
    this.#fixed = {
      validatorsHash: validators,
      nextValidatorsHash: validators,
      consensusHash: crypto.sha256(consensusParameters()),
      evidenceHash: crypto.sha256(NONE),
      proposer: this.#address,
    };
  }

  /** @param last The block before; undefined for the first. */
  make(contents: BlockContents, last: LightBlock | undefined): LightBlock {
    const crypto = this.#crypto;
    const header: BlockHeader = {
      versionBlock: BLOCK_VERSION,
      versionApp: APP_VERSION,
      chain: this.#chain,
      ...contents,
      ...this.#fixed,
      lastBlock: last?.commit.block ?? NO_BLOCK,
      lastCommitHash: last === undefined ? crypto.sha256(NONE) : commitHash(last.commit, crypto),
    };
    const hash = headerHash(header, crypto);
    const block: BlockId = { hash, partsTotal: 1, partsHash: merkleLeaf(hash, crypto) };
    const validators = this.#validators;
    return { header, commit: this.#sign(header, block), validators, nextValidators: validators };
  }

  #sign({ height, time }: BlockHeader, block: BlockId): Commit {
    const vote = { chain: this.#chain, height, round: 0, block, time };
    const signature = this.#crypto.ed25519.sign(precommitBytes(vote), this.#keyPair.secretKey);
    const signatures = [{ flag: 'commit' as const, validator: this.#address, time, signature }];
    return { height, round: 0, block, signatures };
  }
}

/** CometBFT's HashedParams: the most bytes of a block, and no limit of gas. */
function consensusParameters(): Uint8Array {
  return concatBytes(proto.integerField(1, LEDGER_LIMITS.blockBytesMax), proto.integerField(2, -1));
}
