import { headerHash, LightBlock } from '../block/header.ts';
import { type LightClientRules, verifyCommit } from '../block/light-client.ts';
import { equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { defineFormat, type FormatOf } from '../format/define-format.ts';
import { text } from '../format/fields.ts';
import { checkpointOrigin } from './checkpoint.ts';
import { type Cosigned, verifyCosignatures, type WitnessKey } from './cosignature.ts';
import { NOTE_LIMITS } from './signed-note.ts';

/** What a witness cosigned, and what a client was shown for the same height, signed as well. */
export const SplitEvidence = defineFormat('split-evidence', 1, {
  note: text(NOTE_LIMITS.lengthMax),
  block: LightBlock.schema,
});
export type SplitEvidence = FormatOf<typeof SplitEvidence>;

/**
 * Verifies that a witness saw another header than the block's own validators signed. It proves to
 * whoever knows the witness that one of both was shown a false ledger; a light client tells which.
 *
 * @returns Who saw the other header; at least one.
 * @throws WardError `EVIDENCE_INVALID`, `NOTE_INVALID`, `HEADER_MISMATCH`.
 */
export function verifySplitEvidence(
  { note, block }: SplitEvidence,
  { witnesses, network, rules }: SplitTrust,
  crypto: Crypto,
): Cosigned[] {
  const { header } = block;
  verifyCommit(block, rules, crypto);
  const origin = checkpointOrigin(network, rules.chain);
  const hash = headerHash(header, crypto);
  const others = verifyCosignatures(note, witnesses, crypto).filter(
    ({ checkpoint }) =>
      checkpoint.origin === origin &&
      checkpoint.height === header.height &&
      !equalBytes(checkpoint.hash, hash),
  );
  if (others.length === 0) throw refuse('EVIDENCE_INVALID', { height: header.height });
  return others;
}

export interface SplitTrust {
  readonly witnesses: readonly WitnessKey[];
  readonly network: Uint8Array;
  readonly rules: LightClientRules;
}
