import { equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { defineFormat, type FormatOf } from '../format/define-format.ts';
import { list, struct } from '../format/fields.ts';
import type { Digest, Height } from '../units.ts';
import {
  type BlockHeader,
  blockHeaderFields,
  headerHash,
  LightBlock,
  validatorsField,
  validatorsHash,
} from './header.ts';
import { type LightClientRules, type TrustedBlock, verifyLightBlock } from './light-client.ts';

/**
 * Two signed headers that cannot stand in one chain, and the block from which both follow. It is
 * proof to everybody who believes that block: more than a third of its power signed both sides.
 */
export const ForkEvidence = defineFormat('fork-evidence', 1, {
  common: struct({ header: struct(blockHeaderFields), nextValidators: validatorsField }),
  /** One block where it contradicts the common one itself: the next, which names another before. */
  blocks: list(LightBlock.schema, { min: 1, max: 2 }),
});
export type ForkEvidence = FormatOf<typeof ForkEvidence>;

export interface Fork {
  /** Block that has to be believed for the evidence to count; compare it with a believed one. */
  readonly common: { readonly height: Height; readonly hash: Digest };
  /** The lower height of the two headers. */
  readonly height: Height;
  readonly hashes: readonly Digest[];
  /** Addresses of the validators that signed two headers of one height. */
  readonly doubleSigners: readonly Uint8Array[];
}

/** Two headers that cannot stand in one chain: of one height, or neighbours without a link. */
export function areForked(one: TrustedBlock, other: TrustedBlock): boolean {
  const [low, high] = one.header.height <= other.header.height ? [one, other] : [other, one];
  if (low.header.height === high.header.height) return !equalBytes(low.hash, high.hash);
  const isNext = low.header.height + 1 === high.header.height;
  return isNext && !equalBytes(high.header.lastBlock.hash, low.hash);
}

/**
 * Verifies evidence of a fork, at any time: each block has to follow from the common one within the
 * trusting period of that one, whatever the clock says now.
 *
 * @throws WardError `EVIDENCE_INVALID`, or `HEADER_*` and `TRUST_EXPIRED` for a block of it that
 * does not follow.
 */
export function verifyForkEvidence(
  { common, blocks }: ForkEvidence,
  rules: LightClientRules,
  crypto: Crypto,
): Fork {
  const { header, nextValidators } = common;
  const wrong = refuse('EVIDENCE_INVALID', { height: header.height });
  const isWhole =
    header.chain === rules.chain &&
    equalBytes(header.nextValidatorsHash, validatorsHash(nextValidators, crypto));
  if (!isWhole) throw wrong;
  const trusted = { header, nextValidators, hash: headerHash(header, crypto) };
  const sides = blocks.map((block) =>
    verifyLightBlock({ trusted, block, now: block.header.time.seconds }, rules, crypto),
  );
  const [one, other] = sides.length === 2 ? sides : [trusted, ...sides];
  if (!areForked(one!, other!)) throw wrong;
  return {
    common: { height: header.height, hash: trusted.hash },
    height: Math.min(one!.header.height, other!.header.height),
    hashes: [one!.hash, other!.hash],
    doubleSigners: doubleSigners(blocks),
  };
}

function doubleSigners([one, other]: readonly LightBlock[]): Uint8Array[] {
  if (other === undefined || one!.header.height !== other.header.height) return [];
  const signers = ({ commit }: LightBlock) =>
    commit.signatures.filter(({ flag }) => flag === 'commit').map(({ validator }) => validator);
  const others = signers(other);
  return signers(one!).filter((signer) => others.some((each) => equalBytes(each, signer)));
}

/** The evidence, where both blocks follow from the common one at once. */
export function makeForkEvidence(
  common: { readonly header: BlockHeader; readonly nextValidators: TrustedBlock['nextValidators'] },
  blocks: readonly LightBlock[],
): ForkEvidence {
  const { header, nextValidators } = common;
  return { common: { header, nextValidators: [...nextValidators] }, blocks: [...blocks] };
}
