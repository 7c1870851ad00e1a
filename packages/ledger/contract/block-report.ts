import type { Height, Seconds } from '@ward/protocol';

/** Whether a validator signed the block before. */
export interface ValidatorVote {
  /** The first 20 bytes of SHA-256 of its key. */
  readonly validator: Uint8Array;
  readonly isSigned: boolean;
}

export const MISBEHAVIOURS = ['duplicate-vote', 'light-client-attack'] as const;

/** Evidence against a validator that the engine has verified, as it stands in a block. */
export interface Misbehaviour {
  readonly kind: (typeof MISBEHAVIOURS)[number];
  /** The first 20 bytes of SHA-256 of its key. */
  readonly validator: Uint8Array;
  /** Where and when it was done, by the block then. */
  readonly height: Height;
  readonly time: Seconds;
  /** Power of all validators at that height. */
  readonly totalPower: number;
}

/** What a block says of those who make blocks; nothing where one process orders them. */
export interface BlockReport {
  /** Votes on the block before, of every validator of it. */
  readonly lastCommit?: readonly ValidatorVote[];
  readonly misbehaviour?: readonly Misbehaviour[];
}

/** A validator's power from now on; the engine puts it in force two blocks later. */
export interface ValidatorUpdate {
  /** Ed25519. */
  readonly publicKey: Uint8Array;
  /** 0: it is a validator no more. */
  readonly power: number;
}

/** Parameters of the engine, always all of them: an engine replaces whole groups. */
export interface ConsensusParameters {
  readonly blockBytesMax: number;
  /** Evidence is too old when it is older by blocks and by time. */
  readonly evidenceBlocksMax: number;
  readonly evidenceSecondsMax: Seconds;
  readonly evidenceBytesMax: number;
}

/** What the members' decisions ask of the engine behind a block. */
export interface EngineUpdates {
  readonly validatorUpdates: readonly ValidatorUpdate[];
  /** Undefined where nothing changed; in force from the next block on. */
  readonly consensusParameters: ConsensusParameters | undefined;
}

/** Nothing is to change. */
export const NO_UPDATES: EngineUpdates = { validatorUpdates: [], consensusParameters: undefined };
