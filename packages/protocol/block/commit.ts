import { compareBytes, concatBytes, equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import type { Digest, Height } from '../units.ts';
import { encodeUtf8 } from '../utf8.ts';
import {
  type BlockId,
  type BlockTime,
  type Commit,
  type CommitSignature,
  encodeBlockId,
  encodeTime,
  encodeUnsetTime,
  type Validator,
  validatorAddress,
} from './header.ts';
import { merkleRoot } from './merkle.ts';
import { bytesField, fixed64Field, integerField, messageField, varint } from './proto.ts';

const PRECOMMIT = 2;
const FLAG_NUMBER = { absent: 1, commit: 2, nil: 3 } as const;

export interface PrecommitFields {
  readonly chain: string;
  readonly height: Height;
  readonly round: number;
  readonly block: BlockId;
  readonly time: BlockTime;
}

/** What a validator signs when it commits to a block: CometBFT's CanonicalVote with its length. */
export function precommitBytes(vote: PrecommitFields): Uint8Array {
  const canonical = concatBytes(
    integerField(1, PRECOMMIT),
    fixed64Field(2, vote.height),
    fixed64Field(3, vote.round),
    messageField(4, encodeBlockId(vote.block)),
    messageField(5, encodeTime(vote.time)),
    bytesField(6, encodeUtf8(vote.chain)),
  );
  return concatBytes(varint(canonical.length), canonical);
}

function encodeCommitSignature(entry: CommitSignature): Uint8Array {
  const isUnset = entry.flag === 'absent';
  return concatBytes(
    integerField(1, FLAG_NUMBER[entry.flag]),
    bytesField(2, entry.validator),
    messageField(3, isUnset ? encodeUnsetTime() : encodeTime(entry.time)),
    bytesField(4, entry.signature),
  );
}

/** Hash of a commit, which stands in the next block's header. */
export function commitHash(commit: Commit, crypto: Crypto): Digest {
  return merkleRoot(commit.signatures.map(encodeCommitSignature), crypto);
}

/** Power first, then address: the order of a validator set. */
export function sortValidators(validators: readonly Validator[], crypto: Crypto): Validator[] {
  const keyed = validators.map((validator) => ({
    validator,
    address: validatorAddress(validator.publicKey, crypto),
  }));
  keyed.sort((a, b) => b.validator.power - a.validator.power || compareBytes(a.address, b.address));
  return keyed.map(({ validator }) => validator);
}

export interface CommittedPower {
  readonly signed: number;
  readonly total: number;
}

/**
 * A commit has one place for each validator of its own set, in the set's order, and no signature in
 * it is a stranger's or fails.
 */
export function isOwnCommit(
  { chain, commit }: { chain: string; commit: Commit },
  validators: readonly Validator[],
  crypto: Crypto,
): boolean {
  if (commit.signatures.length !== validators.length) return false;
  return commit.signatures.every((entry, index) => {
    if (entry.flag === 'absent') return true;
    const { publicKey } = validators[index]!;
    if (!equalBytes(entry.validator, validatorAddress(publicKey, crypto))) return false;
    return entry.flag === 'nil' || isSigned(entry, { chain, commit }, publicKey, crypto);
  });
}

function isSigned(
  entry: CommitSignature,
  { chain, commit }: { chain: string; commit: Commit },
  publicKey: Uint8Array,
  crypto: Crypto,
): boolean {
  const { height, round, block } = commit;
  const message = precommitBytes({ chain, height, round, block, time: entry.time });
  return crypto.ed25519.verifyVote(entry.signature, message, publicKey);
}

/**
 * Power of `validators` that stands behind a commit. Every validator counts once; signatures that
 * do not verify, votes for nothing and strangers count nothing.
 */
export function committedPower(
  { chain, commit }: { chain: string; commit: Commit },
  validators: readonly Validator[],
  crypto: Crypto,
): CommittedPower {
  let total = 0;
  let signed = 0;
  const addresses = validators.map(({ publicKey }) => validatorAddress(publicKey, crypto));
  const counted = new Set<number>();
  for (const { power } of validators) total += power;
  for (const entry of commit.signatures) {
    if (entry.flag !== 'commit') continue;
    const index = addresses.findIndex((address) => equalBytes(address, entry.validator));
    if (index < 0 || counted.has(index)) continue;
    const { publicKey, power } = validators[index]!;
    if (!isSigned(entry, { chain, commit }, publicKey, crypto)) continue;
    counted.add(index);
    signed += power;
  }
  return { signed, total };
}
