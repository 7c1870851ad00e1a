import {
  type Crypto,
  callEndpoint,
  checkpointOrigin,
  checkWitnesses,
  type Height,
  headerHash,
  judgeWitnesses,
  type LightBlock,
  parseCheckpoint,
  parseNote,
  type Seconds,
  type SplitEvidence,
  type Transport,
  WardError,
  type Within,
  type WitnessPolicy,
} from '@ward/protocol';
import { getCosignedHead } from './witness-api.ts';

/** Independent parties whose word a client wants about the heads that it is shown. */
export interface KnownWitnesses {
  readonly policy: WitnessPolicy;
  /** Ways to them, in any order: their names and keys are in the policy. */
  readonly ways: readonly Transport[];
}

export interface WitnessCheckOptions {
  readonly witnesses: KnownWitnesses;
  readonly network: Uint8Array;
  readonly chain: string;
  readonly crypto: Crypto;
  /** Bounds the wait for witnesses; without it those that never answer are waited for. */
  readonly within?: Within | undefined;
}

/** How long a witness has to answer, and one that did not the last time. */
const WITNESS_MS_MAX = 2000;
const SILENT_WITNESS_MS_MAX = 250;
/** Witnesses that did not answer when they were asked last. */
const silent = new WeakSet<Transport>();

export interface WitnessCheckRound {
  readonly now: Seconds;
  /** The block of a height that this client believes; undefined where no node has it. */
  readonly blockAt: (height: Height) => Promise<LightBlock | undefined>;
  /** Told of each split view, with what proves it to others. */
  readonly onSplit: (evidence: SplitEvidence) => void;
}

/**
 * Asks all witnesses for what they cosigned last, and compares.
 *
 * @throws WardError `WITNESS_SPLIT`, `WITNESS_QUORUM`; what `blockAt` throws.
 */
export async function askWitnesses(
  { now, blockAt, onSplit }: WitnessCheckRound,
  { witnesses, network, chain, crypto, within = (promise) => promise }: WitnessCheckOptions,
): Promise<void> {
  const { policy, ways } = witnesses;
  const askOne = async (way: Transport) => {
    const asked = askWitness(way);
    const timeMs = silent.has(way) ? SILENT_WITNESS_MS_MAX : WITNESS_MS_MAX;
    const answer = await within(asked, timeMs);
    if (answer === undefined) silent.add(way);
    // One that is slow, but there, has its whole time again.
    asked.then(() => silent.delete(way));
    return answer ?? [];
  };
  const notes = (await Promise.all(ways.map(askOne))).flat();
  const blocks = new Map<Height, LightBlock>();
  for (const { height } of notes) {
    const block = blocks.has(height) ? undefined : await blockAt(height);
    if (block !== undefined) blocks.set(height, block);
  }
  const hashAt = (height: Height) => {
    const block = blocks.get(height);
    return block === undefined ? undefined : headerHash(block.header, crypto);
  };
  const question = { origin: checkpointOrigin(network, chain), hashAt, now };
  const verdict = judgeWitnesses(
    { ...question, notes: notes.map(({ note }) => note) },
    policy,
    crypto,
  );
  for (const { note, height } of verdict.splits) onSplit({ note, block: blocks.get(height)! });
  checkWitnesses(verdict, policy.quorum);
}

/** A note and the height that it is about; nothing of a witness that is away or talks nonsense. */
async function askWitness(way: Transport): Promise<{ note: string; height: Height }[]> {
  try {
    const { note } = await callEndpoint(
      getCosignedHead,
      { params: {}, query: {}, body: null },
      way,
    );
    return [{ note, height: parseCheckpoint(parseNote(note).text).height }];
  } catch (error) {
    if (error instanceof WardError) return [];
    throw error;
  }
}
