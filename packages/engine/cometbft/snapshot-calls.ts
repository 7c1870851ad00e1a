import type { SnapshotIntake, StateMachine } from '@ward/ledger';
import { type Crypto, equalBytes, type Height, headerHash, WardError } from '@ward/protocol';
import { OfferedSnapshot, type SnapshotStore } from '../snapshots/snapshot-store.ts';
import type { DurableStorage } from '../storage/durable-storage.ts';
import type { AnswerOf, RequestOf } from './abci-messages.ts';
import { BlockContainers } from './container-archive.ts';

/** The one format of snapshots. */
const FORMAT = 1;
const ACCEPT = 1;
const OFFER = { reject: 3, rejectFormat: 4, rejectSender: 5 } as const;
const APPLY = { abort: 2, retry: 3, rejectSnapshot: 5 } as const;
/** As many as CometBFT takes from one node. */
const OFFERED_MAX = 10;
/** So many wrong chunks at one place: the snapshot is of liars alone. */
const WRONG_CHUNKS_MAX = 8;

export interface SnapshotCallsOptions {
  readonly machine: StateMachine;
  readonly storage: DurableStorage;
  /** Those that other nodes may take; none unless told. */
  readonly snapshots?: SnapshotStore | undefined;
  /** The ledger goes on behind a snapshot of this height, which is durable. */
  readonly onJoined?: ((height: Height) => void) | undefined;
  readonly crypto: Crypto;
}

/** ABCI's calls for state sync: what others take from here, and what is taken from them. */
export class SnapshotCalls {
  readonly #options: SnapshotCallsOptions;
  #intake: SnapshotIntake | undefined;
  #height: Height = 0;
  #wrongChunks = 0;

  constructor(options: SnapshotCallsOptions) {
    this.#options = options;
  }

  list(): AnswerOf<'listSnapshots'> {
    const listed = this.#options.snapshots?.list().slice(0, OFFERED_MAX) ?? [];
    return {
      snapshots: listed.map(({ snapshot, header, chunks, hash }) => ({
        ...{ format: FORMAT, chunks, hash },
        height: BigInt(snapshot.height),
        metadata: OfferedSnapshot.encode({ snapshot, header }),
      })),
    };
  }

  load({ height, format, chunk }: RequestOf<'loadSnapshotChunk'>): AnswerOf<'loadSnapshotChunk'> {
    if (format !== FORMAT) return {};
    const bytes = this.#options.snapshots?.chunk(Number(height), chunk);
    return bytes === undefined ? {} : { bytes };
  }

  /** Takes one that is of the block whose app hash CometBFT has verified. */
  offer({ snapshot: offer, appHash }: RequestOf<'offerSnapshot'>): AnswerOf<'offerSnapshot'> {
    const { machine, crypto } = this.#options;
    if (offer?.format !== FORMAT) return { status: OFFER.rejectFormat };
    const offered = parseOffered(offer.metadata);
    if (offered === undefined) return { status: OFFER.rejectSender };
    const { snapshot, header } = offered;
    const isWhole =
      BigInt(snapshot.height) === offer.height &&
      snapshot.stateChunks + snapshot.idChunks === offer.chunks &&
      equalBytes(snapshot.appHash, appHash) &&
      header.chain === machine.chain &&
      header.height === snapshot.height &&
      header.time.seconds === snapshot.time;
    if (!isWhole) return { status: OFFER.rejectSender };
    if (snapshot.height < machine.height) return { status: OFFER.reject };
    const block = headerHash(header, crypto);
    const lightBlock = BlockContainers.encode({ block, counts: [] });
    this.#intake = machine.snapshots.take({ snapshot, lightBlock });
    this.#height = snapshot.height;
    this.#wrongChunks = 0;
    return { status: ACCEPT };
  }

  async apply(request: RequestOf<'applySnapshotChunk'>): Promise<AnswerOf<'applySnapshotChunk'>> {
    const { storage, onJoined } = this.#options;
    const { index, chunk, sender } = request;
    const intake = this.#intake;
    if (intake === undefined) return { status: APPLY.abort };
    // One that was taken before, of a sender who was found to lie since, comes once more.
    if (index < intake.next) return { status: ACCEPT };
    let isWhole: boolean;
    try {
      isWhole = intake.take(chunk);
    } catch (error) {
      if (!(error instanceof WardError) || error.code !== 'SNAPSHOT_INVALID') throw error;
      return this.#refuse(index, sender);
    }
    if (!isWhole) return { status: ACCEPT };
    await storage.flush();
    this.#intake = undefined;
    onJoined?.(this.#height);
    return { status: ACCEPT };
  }

  /** Asks somebody else for the chunk, and nothing more of who sent this one. */
  #refuse(index: number, sender: string): AnswerOf<'applySnapshotChunk'> {
    this.#wrongChunks++;
    if (this.#wrongChunks >= WRONG_CHUNKS_MAX) {
      this.#intake = undefined;
      return { status: APPLY.rejectSnapshot, rejectSenders: [sender] };
    }
    return { status: APPLY.retry, refetchChunks: [index], rejectSenders: [sender] };
  }
}

function parseOffered(bytes: Uint8Array): OfferedSnapshot | undefined {
  try {
    return OfferedSnapshot.decode(bytes);
  } catch {
    return undefined;
  }
}
