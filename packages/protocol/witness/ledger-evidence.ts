import { ForkEvidence, verifyForkEvidence } from '../block/fork-evidence.ts';
import { headerHash } from '../block/header.ts';
import type { LightClientRules } from '../block/light-client.ts';
import { equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import { defineFormat, type FormatOf } from '../format/define-format.ts';
import { bytes, integer, struct, text, variant } from '../format/fields.ts';
import type { Digest, Height } from '../units.ts';
import type { WitnessKey } from './cosignature.ts';
import { SplitEvidence, verifySplitEvidence } from './split-evidence.ts';

/** Why a party stopped believing a ledger, as it keeps it and as it hands it to others. */
export const LedgerEvidence = defineFormat('ledger-evidence', 1, {
  network: bytes(32),
  chain: text(50),
  shown: variant({
    fork: struct({ fork: ForkEvidence.schema }),
    split: struct({ split: SplitEvidence.schema }),
    /** A fork that this party saw, and that proves nothing to others: see the chain it kept. */
    unproved: struct({ height: integer<Height>() }),
  }),
});
export type LedgerEvidence = FormatOf<typeof LedgerEvidence>;

/** What evidence proves, and to whom. */
export type ProvedEvidence =
  | {
      readonly kind: 'fork';
      readonly height: Height;
      readonly hashes: readonly Digest[];
      /** It counts for those who believe this block. */
      readonly common: { readonly height: Height; readonly hash: Digest };
      readonly doubleSigners: number;
    }
  | {
      readonly kind: 'split';
      readonly height: Height;
      readonly hashes: readonly Digest[];
      /** It counts for those who know these witnesses. */
      readonly witnesses: readonly string[];
    };

export interface EvidenceTrust {
  readonly network: Uint8Array;
  readonly rules: LightClientRules;
  readonly witnesses: readonly WitnessKey[];
}

/**
 * Verifies evidence that somebody handed over.
 *
 * @throws WardError `EVIDENCE_INVALID` for another ledger, or where it proves nothing; what
 * `verifyForkEvidence` and `verifySplitEvidence` refuse.
 */
export function verifyLedgerEvidence(
  { network, chain, shown }: LedgerEvidence,
  trust: EvidenceTrust,
  crypto: Crypto,
): ProvedEvidence {
  const isOurs = equalBytes(network, trust.network) && chain === trust.rules.chain;
  if (!isOurs) throw refuse('EVIDENCE_INVALID', { height: evidenceHeight(shown) });
  if (shown.kind === 'fork') {
    const { doubleSigners, ...fork } = verifyForkEvidence(shown.fork, trust.rules, crypto);
    return { kind: 'fork', ...fork, doubleSigners: doubleSigners.length };
  }
  if (shown.kind === 'split') {
    const { block } = shown.split;
    const seen = verifySplitEvidence(shown.split, trust, crypto);
    return {
      ...{ kind: 'split', height: block.header.height },
      hashes: [headerHash(block.header, crypto), ...seen.map(({ checkpoint }) => checkpoint.hash)],
      witnesses: seen.map(({ witness }) => witness),
    };
  }
  throw refuse('EVIDENCE_INVALID', { height: shown.height });
}

/** The height that evidence is about; of a fork the lower one of its blocks. */
export function evidenceHeight(shown: LedgerEvidence['shown']): Height {
  if (shown.kind === 'unproved') return shown.height;
  if (shown.kind === 'split') return shown.split.block.header.height;
  return Math.min(...shown.fork.blocks.map(({ header }) => header.height));
}

/** With what a party that keeps evidence refuses every answer of the ledger. */
export function evidenceAlarm(shown: LedgerEvidence['shown']) {
  const height = evidenceHeight(shown);
  return refuse(shown.kind === 'split' ? 'WITNESS_SPLIT' : 'HEADER_FORK', { height });
}
