import type { BlockReport, EngineUpdates, Misbehaviour } from '@ward/ledger';
import type { AnswerOf, Misbehavior, RequestOf } from './abci-messages.ts';

/** The flag of a validator that did not vote; one that voted for no block was there as well. */
const ABSENT = 1;
const KINDS: { readonly [type: number]: Misbehaviour['kind'] } = {
  1: 'duplicate-vote',
  2: 'light-client-attack',
};
const NO_LIMIT = -1n;
const NOBODY = new Uint8Array(0);

/** What a block says of validators, in the words of the ledger. */
export function blockReport(request: RequestOf<'finalizeBlock'>): BlockReport {
  const votes = request.lastCommit?.votes ?? [];
  return {
    lastCommit: votes.map(({ validator, flag }) => ({
      validator: validator?.address ?? NOBODY,
      isSigned: flag !== ABSENT,
    })),
    misbehaviour: request.misbehavior.flatMap((evidence) => readMisbehavior(evidence)),
  };
}

/** Whether all validators were there for the block before. */
export function hasAllVotes({ lastCommit }: RequestOf<'finalizeBlock'>): boolean {
  return (lastCommit?.votes ?? []).every(({ flag }) => flag !== ABSENT);
}

function readMisbehavior(evidence: Misbehavior): Misbehaviour[] {
  const { type, validator, height, time, totalPower } = evidence;
  const kind = KINDS[type];
  if (kind === undefined || validator === undefined) return [];
  return [
    {
      kind,
      validator: validator.address,
      height: Number(height),
      time: Number(time?.seconds ?? 0n),
      totalPower: Number(totalPower),
    },
  ];
}

/** What CometBFT is to change behind a block. */
export function engineUpdates(
  updates: EngineUpdates,
): Pick<AnswerOf<'finalizeBlock'>, 'validators' | 'parameters'> {
  const validators = updates.validatorUpdates.map(({ publicKey, power }) => ({
    key: { value: { case: 'ed25519' as const, value: publicKey } },
    power: BigInt(power),
  }));
  const { consensusParameters: parameters } = updates;
  if (parameters === undefined) return { validators };
  const { blockBytesMax, evidenceBlocksMax, evidenceSecondsMax, evidenceBytesMax } = parameters;
  return {
    validators,
    parameters: {
      block: { maxBytes: BigInt(blockBytesMax), maxGas: NO_LIMIT },
      evidence: {
        maxAgeBlocks: BigInt(evidenceBlocksMax),
        maxAge: { seconds: BigInt(evidenceSecondsMax), nanos: 0 },
        maxBytes: BigInt(evidenceBytesMax),
      },
      version: undefined,
    },
  };
}
