import { concatBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { defineFormat, type FormatOf } from '../format/define-format.ts';
import type { StructOf } from '../format/fields.ts';
import { bytes, bytesBetween, integer, list, struct, text, word } from '../format/fields.ts';
import type { Digest, Height, Seconds } from '../units.ts';
import { encodeUtf8 } from '../utf8.ts';
import { merkleRoot } from './merkle.ts';
import { bytesField, integerField, messageField } from './proto.ts';

/** Time of a block as CometBFT has it. */
export const blockTimeFields = {
  seconds: integer<Seconds>(),
  nanos: integer(0, 999_999_999),
};
export type BlockTime = StructOf<typeof blockTimeFields>;

/** Name of a block: hash of its header, and of its parts as they travel between nodes. */
export const blockIdFields = {
  hash: bytesBetween(0, 32),
  partsTotal: integer(0, 0xffffffff),
  partsHash: bytesBetween(0, 32),
};
export type BlockId = StructOf<typeof blockIdFields>;

/** A block header with CometBFT's fields; `appHash` is the state after the block before. */
export const blockHeaderFields = {
  versionBlock: integer(),
  versionApp: integer(),
  chain: text(50),
  height: integer<Height>(1),
  time: struct(blockTimeFields),
  lastBlock: struct(blockIdFields),
  lastCommitHash: bytesBetween(0, 32),
  dataHash: bytesBetween(0, 32),
  validatorsHash: bytesBetween(0, 32),
  nextValidatorsHash: bytesBetween(0, 32),
  consensusHash: bytesBetween(0, 32),
  appHash: bytesBetween(0, 32),
  lastResultsHash: bytesBetween(0, 32),
  evidenceHash: bytesBetween(0, 32),
  proposer: bytes(20),
};
export type BlockHeader = StructOf<typeof blockHeaderFields>;

/** One validator's place in a commit; only `commit` counts towards trust. */
export const commitSignatureFields = {
  flag: word(['absent', 'commit', 'nil']),
  validator: bytesBetween(0, 20),
  time: struct(blockTimeFields),
  signature: bytesBetween(0, 64),
};
export type CommitSignature = StructOf<typeof commitSignatureFields>;

const VALIDATORS_MAX = 1000;

export const commitFields = {
  height: integer<Height>(),
  round: integer(0, 0x7fffffff),
  block: struct(blockIdFields),
  signatures: list(struct(commitSignatureFields), { max: VALIDATORS_MAX }),
};
export type Commit = StructOf<typeof commitFields>;

export const validatorFields = {
  /** Ed25519. */
  publicKey: bytes(32),
  power: integer(0, 1_000_000_000_000),
};
export type Validator = StructOf<typeof validatorFields>;

export const validatorsField = list(struct(validatorFields), { min: 1, max: VALIDATORS_MAX });

/** All that a light client needs of one height. */
export const LightBlock = defineFormat('light-block', 1, {
  header: struct(blockHeaderFields),
  commit: struct(commitFields),
  validators: validatorsField,
  nextValidators: validatorsField,
});
export type LightBlock = FormatOf<typeof LightBlock>;

/** Seconds of year 1, which CometBFT writes for a time that is not set. */
const UNSET_SECONDS = -62_135_596_800;

export function encodeTime({ seconds, nanos }: BlockTime): Uint8Array {
  return concatBytes(integerField(1, seconds), integerField(2, nanos));
}

export function encodeUnsetTime(): Uint8Array {
  return integerField(1, UNSET_SECONDS);
}

export function encodeBlockId({ hash, partsTotal, partsHash }: BlockId): Uint8Array {
  const parts = concatBytes(integerField(1, partsTotal), bytesField(2, partsHash));
  return concatBytes(bytesField(1, hash), messageField(2, parts));
}

/** Hash of a header: an RFC 6962 tree over its fourteen fields (CometBFT `types/block.go`). */
export function headerHash(header: BlockHeader, crypto: Crypto): Digest {
  const wrap = (value: Uint8Array) => bytesField(1, value);
  const version = concatBytes(
    integerField(1, header.versionBlock),
    integerField(2, header.versionApp),
  );
  const leaves = [
    version,
    wrap(encodeUtf8(header.chain)),
    integerField(1, header.height),
    encodeTime(header.time),
    encodeBlockId(header.lastBlock),
    wrap(header.lastCommitHash),
    wrap(header.dataHash),
    wrap(header.validatorsHash),
    wrap(header.nextValidatorsHash),
    wrap(header.consensusHash),
    wrap(header.appHash),
    wrap(header.lastResultsHash),
    wrap(header.evidenceHash),
    wrap(header.proposer),
  ];
  return merkleRoot(leaves, crypto);
}

/** Address of a validator: the first 20 bytes of SHA-256 of its public key. */
export function validatorAddress(publicKey: Uint8Array, crypto: Crypto): Uint8Array {
  return crypto.sha256(publicKey).slice(0, 20);
}

/** Hash of a validator set; the order is the set's own (power down, then address up). */
export function validatorsHash(validators: readonly Validator[], crypto: Crypto): Digest {
  const leaves = validators.map(({ publicKey, power }) =>
    concatBytes(messageField(1, bytesField(1, publicKey)), integerField(2, power)),
  );
  return merkleRoot(leaves, crypto);
}
