import { equalBytes } from '../bytes.ts';
import type { Crypto } from '../crypto.ts';
import { refuse } from '../errors/protocol-errors.ts';
import type { Digest, Height, Seconds } from '../units.ts';
import { type Cosigned, verifyCosignatures, type WitnessKey } from './cosignature.ts';

/** Whose word a client wants about the heads that nodes show it. */
export interface WitnessPolicy {
  readonly witnesses: readonly WitnessKey[];
  /** So many different ones have to say the same. */
  readonly quorum: number;
  /** How old a cosignature may be. */
  readonly ageSecondsMax: number;
  /** How far ahead of this clock it may be. */
  readonly clockDriftSeconds: number;
}

/** Two heads of one height: what a client was shown, and what a witness was. */
export interface SplitView {
  readonly height: Height;
  /** What this client believes. */
  readonly hash: Digest;
  /** What the witness cosigned. */
  readonly cosigned: Cosigned;
  /** The signed note, which proves it to whoever knows the witness's key. */
  readonly note: string;
}

export interface WitnessVerdict {
  /** Witnesses that confirm, each once. */
  readonly confirmed: readonly Cosigned[];
  readonly splits: readonly SplitView[];
}

export interface WitnessQuestion {
  readonly origin: string;
  /** As the witnesses gave them. */
  readonly notes: readonly string[];
  /** Hash of the header that this client believes at a height; undefined where it knows none. */
  readonly hashAt: (height: Height) => Digest | undefined;
  readonly now: Seconds;
}

/**
 * Compares what witnesses cosigned with what a client believes. Old cosignatures, those of the
 * future, of other ledgers and of strangers confirm nothing; a cosigned header that is another one
 * than the client's is a split view, however old it is.
 *
 * @throws WardError `NOTE_INVALID`.
 */
export function judgeWitnesses(
  { origin, notes, hashAt, now }: WitnessQuestion,
  policy: WitnessPolicy,
  crypto: Crypto,
): WitnessVerdict {
  const confirmed = new Map<string, Cosigned>();
  const splits: SplitView[] = [];
  for (const note of notes) {
    for (const cosigned of verifyCosignatures(note, policy.witnesses, crypto)) {
      const { checkpoint, time, witness } = cosigned;
      const hash = checkpoint.origin === origin ? hashAt(checkpoint.height) : undefined;
      if (hash === undefined) continue;
      if (!equalBytes(hash, checkpoint.hash)) {
        splits.push({ height: checkpoint.height, hash, cosigned, note });
        continue;
      }
      const isNow = now - time <= policy.ageSecondsMax && time - now <= policy.clockDriftSeconds;
      if (isNow) confirmed.set(witness, cosigned);
    }
  }
  return { confirmed: [...confirmed.values()], splits };
}

/**
 * @throws WardError `WITNESS_SPLIT` where one witness saw another ledger, `WITNESS_QUORUM` where
 * too few confirm this one.
 */
export function checkWitnesses({ confirmed, splits }: WitnessVerdict, quorum: number): void {
  const [split] = splits;
  if (split !== undefined) throw refuse('WITNESS_SPLIT', { height: split.height });
  if (confirmed.length < quorum) {
    throw refuse('WITNESS_QUORUM', { confirmed: confirmed.length, wanted: quorum });
  }
}
