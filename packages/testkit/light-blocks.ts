import {
  type BlockHeader,
  type BlockId,
  type BlockTime,
  type Crypto,
  type Ed25519KeyPair,
  headerHash,
  type LightBlock,
  precommitBytes,
  sortValidators,
  type Validator,
  validatorAddress,
  validatorsHash,
} from '@ward/protocol';

/** A validator whose key the test holds. */
export interface TestValidator extends Validator {
  readonly keyPair: Ed25519KeyPair;
}

/** `powers.length` validators with keys from `seed`, in the order of a validator set. */
export function testValidators(
  powers: readonly number[],
  { seed, crypto }: { seed: number; crypto: Crypto },
): TestValidator[] {
  const validators = powers.map((power, index) => {
    const keyPair = crypto.ed25519.keyPair(crypto.sha256(Uint8Array.of(seed, index)));
    return { publicKey: keyPair.publicKey, power, keyPair };
  });
  return sortValidators(validators, crypto) as TestValidator[];
}

export interface TestBlock {
  readonly chain: string;
  readonly height: number;
  readonly time: BlockTime;
  readonly validators: readonly TestValidator[];
  readonly nextValidators?: readonly TestValidator[];
  /** Fields of the header that differ from the plain ones. */
  readonly header?: Partial<BlockHeader>;
  /** Validators that sign; all, unless said. */
  readonly signers?: readonly TestValidator[];
}

const EMPTY = new Uint8Array(0);
const NO_BLOCK: BlockId = { hash: EMPTY, partsTotal: 0, partsHash: EMPTY };

function testHeader(block: TestBlock, crypto: Crypto): BlockHeader {
  const { chain, height, time, validators, nextValidators = validators } = block;
  return {
    versionBlock: 11,
    versionApp: 1,
    chain,
    height,
    time,
    lastBlock: NO_BLOCK,
    lastCommitHash: EMPTY,
    dataHash: crypto.sha256(EMPTY),
    validatorsHash: validatorsHash(validators, crypto),
    nextValidatorsHash: validatorsHash(nextValidators, crypto),
    consensusHash: EMPTY,
    appHash: new Uint8Array(32),
    lastResultsHash: EMPTY,
    evidenceHash: EMPTY,
    proposer: validatorAddress(validators[0]!.publicKey, crypto),
    ...block.header,
  };
}

/** A light block that its validators have really signed. */
export function signLightBlock(block: TestBlock, crypto: Crypto): LightBlock {
  const { chain, height, time, validators, nextValidators = validators } = block;
  const header = testHeader(block, crypto);
  const hash = headerHash(header, crypto);
  const id: BlockId = { hash, partsTotal: 1, partsHash: crypto.sha256(hash) };
  const signers = new Set(block.signers ?? validators);
  const signatures = validators.map((validator) => {
    if (!signers.has(validator)) {
      const unset = { seconds: 0, nanos: 0 };
      return { flag: 'absent' as const, validator: EMPTY, time: unset, signature: EMPTY };
    }
    const message = precommitBytes({ chain, height, round: 0, block: id, time });
    return {
      flag: 'commit' as const,
      validator: validatorAddress(validator.publicKey, crypto),
      time,
      signature: crypto.ed25519.sign(message, validator.keyPair.secretKey),
    };
  });
  const strip = ({ publicKey, power }: Validator): Validator => ({ publicKey, power });
  return {
    header,
    commit: { height, round: 0, block: id, signatures },
    validators: validators.map(strip),
    nextValidators: nextValidators.map(strip),
  };
}
