import { equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import type { Digest, Height, Seconds } from '../units.ts';
import { committedPower, isOwnCommit, isValidatorSet, type ShownCommit } from './commit.ts';
import {
  type BlockHeader,
  headerHash,
  type LightBlock,
  type Validator,
  validatorsHash,
} from './header.ts';

/** What a light client keeps of the newest block that it believes. */
export interface TrustedBlock {
  readonly header: BlockHeader;
  readonly hash: Digest;
  /** The set that signs the next height. */
  readonly nextValidators: readonly Validator[];
}

export interface LightClientRules {
  readonly chain: string;
  /** How old the trusted block may be; afterwards nothing is believed any more. */
  readonly trustingPeriodSeconds: number;
  /** How far ahead of this clock a block may be. */
  readonly clockDriftSeconds: number;
}

/**
 * Verifies a later block against a trusted one: adjacent by the validators' hash, farther ahead by
 * more than a third of the trusted power (CometBFT `light/verifier.go`), and always by more than
 * two thirds of its own.
 *
 * @throws WardError `HEADER_MISMATCH`, `HEADER_TIME`, `HEADER_UNTRUSTED` (try a height between),
 * `HEADER_BEHIND`, `TRUST_EXPIRED`.
 */
export function verifyLightBlock(
  { trusted, block, now }: { trusted: TrustedBlock; block: LightBlock; now: Seconds },
  rules: LightClientRules,
  crypto: Crypto,
): TrustedBlock {
  const { header, commit } = block;
  const { height } = header;
  if (trusted.header.time.seconds + rules.trustingPeriodSeconds <= now) {
    throw refuse('TRUST_EXPIRED', { height: trusted.header.height });
  }
  if (height <= trusted.header.height) {
    throw refuse('HEADER_BEHIND', { height, known: trusted.header.height });
  }
  const verified = checkBlock(block, rules, crypto);
  if (!isLater(header, trusted.header) || header.time.seconds > now + rules.clockDriftSeconds) {
    throw refuse('HEADER_TIME', { height });
  }
  const shown: ShownCommit = { chain: rules.chain, commit, verified: new Map() };
  if (height === trusted.header.height + 1) {
    if (!equalBytes(header.validatorsHash, trusted.header.nextValidatorsHash)) {
      throw refuse('HEADER_MISMATCH', { height });
    }
  } else {
    const power = committedPower(shown, trusted.nextValidators, crypto);
    if (!(power.signed * 3 > power.total)) throw refuse('HEADER_UNTRUSTED', { height });
  }
  if (!isCommitted(block, shown, crypto)) throw refuse('HEADER_MISMATCH', { height });
  return verified;
}

/** Header, commit and sets of one light block belong together and to this chain. */
function checkBlock(block: LightBlock, rules: LightClientRules, crypto: Crypto): TrustedBlock {
  const { header, commit, validators, nextValidators } = block;
  const hash = headerHash(header, crypto);
  const fits =
    header.chain === rules.chain &&
    commit.height === header.height &&
    equalBytes(commit.block.hash, hash) &&
    isValidatorSet(validators, crypto) &&
    isValidatorSet(nextValidators, crypto) &&
    equalBytes(header.validatorsHash, validatorsHash(validators, crypto)) &&
    equalBytes(header.nextValidatorsHash, validatorsHash(nextValidators, crypto));
  if (!fits) throw refuse('HEADER_MISMATCH', { height: header.height });
  return { header, hash, nextValidators };
}

/**
 * Which block is the first to believe: the one of this height and hash that a network file, an
 * invitation or a QR code names; or the first of a chain, by the validators of its genesis.
 */
export interface FirstTrust {
  readonly validators?: readonly Validator[];
  /** Without a hash: height of the chain's first block, 1 where it continues no other. */
  readonly height?: Height;
  readonly hash?: Digest;
}

/**
 * The first block to believe: its own validators signed it, and it is the one that was named.
 *
 * @throws WardError `HEADER_MISMATCH`.
 */
export function trustFirstBlock(
  block: LightBlock,
  named: FirstTrust,
  rules: LightClientRules,
  crypto: Crypto,
): TrustedBlock {
  const { header } = block;
  const trusted = checkBlock(block, rules, crypto);
  const isNamed =
    named.hash === undefined
      ? named.validators !== undefined &&
        header.height === (named.height ?? 1) &&
        equalBytes(header.validatorsHash, validatorsHash(named.validators, crypto))
      : header.height === named.height && equalBytes(trusted.hash, named.hash);
  const shown = { chain: rules.chain, commit: block.commit };
  if (!isNamed || !isCommitted(block, shown, crypto)) {
    throw refuse('HEADER_MISMATCH', { height: header.height });
  }
  return trusted;
}

/**
 * Verifies a block at or below the trusted one where the validators have not changed in between,
 * as in a ledger that a registrar governs: the same set has signed it.
 *
 * @throws WardError `HEADER_MISMATCH`, `HEADER_TIME`, `TRUST_EXPIRED`.
 */
export function verifyEarlierBlock(
  { trusted, block, now }: { trusted: TrustedBlock; block: LightBlock; now: Seconds },
  rules: LightClientRules,
  crypto: Crypto,
): TrustedBlock {
  const { header } = block;
  const { height, validatorsHash: validators } = header;
  if (trusted.header.time.seconds + rules.trustingPeriodSeconds <= now) {
    throw refuse('TRUST_EXPIRED', { height: trusted.header.height });
  }
  const verified = checkBlock(block, rules, crypto);
  const isSameSet =
    equalBytes(validators, trusted.header.validatorsHash) &&
    equalBytes(validators, trusted.header.nextValidatorsHash) &&
    equalBytes(validators, header.nextValidatorsHash);
  const shown = { chain: rules.chain, commit: block.commit };
  if (height > trusted.header.height || !isSameSet || !isCommitted(block, shown, crypto)) {
    throw refuse('HEADER_MISMATCH', { height });
  }
  if (isLater(header, trusted.header)) throw refuse('HEADER_TIME', { height });
  return verified;
}

/**
 * Commit and validators of a block whose header is believed already: whoever hands them on as a
 * proof has to look at them too.
 *
 * @throws WardError `HEADER_MISMATCH`.
 */
export function verifyCommit(block: LightBlock, rules: LightClientRules, crypto: Crypto): void {
  checkBlock(block, rules, crypto);
  if (!isCommitted(block, { chain: rules.chain, commit: block.commit }, crypto)) {
    throw refuse('HEADER_MISMATCH', { height: block.header.height });
  }
}

/** More than two thirds of the block's own validators have signed it, and nobody else. */
function isCommitted(block: LightBlock, shown: ShownCommit, crypto: Crypto): boolean {
  if (!isOwnCommit(shown, block.validators, crypto)) return false;
  let total = 0;
  let signed = 0;
  block.validators.forEach(({ power }, index) => {
    total += power;
    if (block.commit.signatures[index]!.flag === 'commit') signed += power;
  });
  return signed * 3 > total * 2;
}

function isLater(header: BlockHeader, than: BlockHeader): boolean {
  const seconds = header.time.seconds - than.time.seconds;
  return seconds > 0 || (seconds === 0 && header.time.nanos > than.time.nanos);
}
