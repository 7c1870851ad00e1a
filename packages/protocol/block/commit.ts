import { compareBytes, concatBytes, equalBytes, toHex } from '../bytes.ts';
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

/** A validator set has power everywhere, and nobody in it twice. */
export function isValidatorSet(validators: readonly Validator[], crypto: Crypto): boolean {
  const addresses = validators.map(({ publicKey }) => toHex(validatorAddress(publicKey, crypto)));
  const isPowerful = validators.every(({ power }) => power > 0);
  return isPowerful && new Set(addresses).size === validators.length;
}

/** A commit as somebody shows it. */
export interface ShownCommit {
  readonly chain: string;
  readonly commit: Commit;
  /**
   * Filled with the key by which the signature at a place was found right: several sets are held
   * against one commit, and no signature is verified twice.
   */
  readonly verified?: Map<number, Uint8Array>;
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
  shown: ShownCommit,
  validators: readonly Validator[],
  crypto: Crypto,
): boolean {
  const { signatures } = shown.commit;
  if (signatures.length !== validators.length) return false;
  return signatures.every((entry, place) => {
    if (entry.flag === 'absent') return true;
    const { publicKey } = validators[place]!;
    if (!equalBytes(entry.validator, validatorAddress(publicKey, crypto))) return false;
    return entry.flag === 'nil' || isSigned(shown, { place, publicKey }, crypto);
  });
}

function isSigned(
  { chain, commit, verified }: ShownCommit,
  { place, publicKey }: { place: number; publicKey: Uint8Array },
  crypto: Crypto,
): boolean {
  const known = verified?.get(place);
  if (known !== undefined && equalBytes(known, publicKey)) return true;
  const { height, round, block, signatures } = commit;
  const { time, signature } = signatures[place]!;
  const message = precommitBytes({ chain, height, round, block, time });
  const isRight = crypto.ed25519.verifyVote(signature, message, publicKey);
  if (isRight) verified?.set(place, publicKey);
  return isRight;
}

/**
 * Power of `validators` that stands behind a commit. Every validator counts once; signatures that
 * do not verify, votes for nothing and strangers count nothing.
 */
export function committedPower(
  shown: ShownCommit,
  validators: readonly Validator[],
  crypto: Crypto,
): CommittedPower {
  let total = 0;
  let signed = 0;
  const waiting = new Map<string, Validator>();
  for (const validator of validators) {
    waiting.set(toHex(validatorAddress(validator.publicKey, crypto)), validator);
    total += validator.power;
  }
  shown.commit.signatures.forEach((entry, place) => {
    const address = toHex(entry.validator);
    const validator = waiting.get(address);
    if (entry.flag !== 'commit' || validator === undefined) return;
    const { publicKey, power } = validator;
    if (!isSigned(shown, { place, publicKey }, crypto)) return;
    waiting.delete(address);
    signed += power;
  });
  return { signed, total };
}
