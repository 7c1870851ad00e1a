import { type Digest, equalBytes, hash, type Realm } from '@ward/protocol';
import type { RememberedId } from '../log/block-frame.ts';
import type { BlockLog } from '../log/block-log.ts';
import { appendCheckpointPart } from '../log/checkpoint.ts';
import { FRAME_KIND } from '../log/frame.ts';
import { FIRST_CHAIN, REPLAY_PLACES, ReplayMinute, replayKey } from '../machine/ledger-state.ts';
import { minuteEnd } from '../machine/replay-memory.ts';
import type { TreeState } from '../machine/tree-state.ts';
import { HASH_WORDS } from '../state-tree/nodes.ts';
import { sha256Words } from '../state-tree/sha256.ts';
import type { StateTree } from '../state-tree/state-tree.ts';
import { WriteBatch } from '../state-tree/write-batch.ts';
import { type ChunkRecord, type IdGroup, idsOf, parseChunk, type StateChunk } from './chunk.ts';
import { refuse } from './errors.ts';
import { RangeVerifier } from './range-verifier.ts';
import type { Snapshot } from './snapshot.ts';

export interface IntakeOptions {
  readonly log: BlockLog;
  readonly tree: StateTree;
  readonly values: TreeState;
  readonly realm: Realm;
  /** Digest of the genesis that the state grew from. */
  readonly genesis: Digest;
  readonly snapshot: Snapshot;
  /** Stands in the log in the place of the light block of the snapshot's height. */
  readonly lightBlock: Uint8Array;
  /** Everything is in the log; the ledger goes on behind the snapshot. */
  readonly onWhole: (ids: readonly RememberedId[]) => void;
}

/** The chain of ids of a minute that is still to be told, backwards. */
interface OpenChain {
  readonly minute: number;
  readonly chain: Uint8Array;
}

/**
 * Takes a snapshot chunk by chunk into the log and the tree. Of each chunk it is known, before any
 * of it is kept, that it is what stands next in the ledger whose app hash was told: leaves by their
 * place in the tree, ids by the chains that the state itself has of them.
 */
export class SnapshotIntake {
  readonly #options: IntakeOptions;
  readonly #verifier: RangeVerifier;
  readonly #keyHash = new Int32Array(HASH_WORDS);
  readonly #ids: RememberedId[] = [];
  #chains: OpenChain[] = [];
  #taken = 0;

  /** The tree is emptied; what the log has stays until the snapshot is whole. */
  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#verifier = new RangeVerifier(options.snapshot.appHash);
    options.tree.clear();
  }

  /** Number of the chunk that is taken next. */
  get next(): number {
    return this.#taken;
  }

  get isWhole(): boolean {
    const { stateChunks, idChunks } = this.#options.snapshot;
    return this.#taken === stateChunks + idChunks;
  }

  /**
   * Takes the next chunk.
   *
   * @returns Whether it was the last one: what is in the log by now must become durable.
   * @throws WardError `SNAPSHOT_INVALID` for one that is not the next; it counts for nothing.
   */
  take(bytes: Uint8Array): boolean {
    const { stateChunks } = this.#options.snapshot;
    const chunk = parseChunk(bytes);
    if (this.isWhole || chunk === undefined) throw this.#invalid();
    if (chunk.kind === 'state' && this.#taken < stateChunks) this.#takeState(chunk);
    else if (chunk.kind === 'ids' && this.#taken >= stateChunks) this.#takeIds(chunk.groups);
    else throw this.#invalid();
    this.#taken++;
    if (!this.isWhole) return false;
    this.#finish();
    return true;
  }

  #invalid(): Error {
    return refuse('SNAPSHOT_INVALID', { chunk: this.#taken });
  }

  #takeState({ records, depth, right }: StateChunk): void {
    const count = records.length;
    const batch = new WriteBatch(count);
    for (const [i, { key, value }] of records.entries()) {
      sha256Words(key, this.#keyHash, 0);
      batch.put(i, this.#keyHash, 0, value);
    }
    const { keyHashes, leafHashes } = batch;
    const isNext = this.#verifier.verify({ count, keyHashes, leafHashes, depth, right });
    // A snapshot that says of itself to have more or fewer chunks than it has ends here.
    const isLast = this.#taken + 1 === this.#options.snapshot.stateChunks;
    if (!isNext || this.#verifier.isComplete !== isLast) throw this.#invalid();
    this.#keep(records, batch, isLast);
    if (!isLast) return;
    this.#chains = this.#openChains();
    if (this.#chains.length > 0 !== this.#options.snapshot.idChunks > 0) throw this.#invalid();
  }

  /** Records as frames of the log, and their leaves as a part of a checkpoint behind them. */
  #keep(records: readonly ChunkRecord[], batch: WriteBatch, isLast: boolean): void {
    const { log, tree, snapshot, genesis } = this.#options;
    const { height, time, appHash } = snapshot;
    const { writer } = log;
    const count = records.length;
    writer.begin();
    const places = records.map(({ bytes }) => {
      const position = writer.at;
      writer.bytes(bytes);
      return { position, size: bytes.length };
    });
    const carried = { kind: FRAME_KIND.carried, height, time, numbers: [count, 0, 0, 0] } as const;
    const at = log.appendFrame(carried, appHash);
    tree.rebase(tree.draft(batch), height);
    for (const [i, { position, size }] of places.entries()) {
      tree.nodes.setPlace(batch.leaf(i), { position: position + at, size });
    }
    const part = { number: this.#taken, leaves: batch.leaves, isLast, idleBlocks: 0 };
    appendCheckpointPart(log, tree.nodes, { part, genesis, height, time, root: appHash });
  }

  /** What the state says of the ids that are remembered at the time of the snapshot. */
  #openChains(): OpenChain[] {
    const { values, snapshot } = this.#options;
    const chains: OpenChain[] = [];
    for (let place = 0; place < REPLAY_PLACES; place++) {
      sha256Words(replayKey(place), this.#keyHash, 0);
      const bytes = values.read(this.#keyHash);
      if (bytes === null) continue;
      const { minute, chain } = ReplayMinute.decode(bytes);
      if (minuteEnd(minute) > snapshot.time) chains.push({ minute, chain });
    }
    return chains.sort((a, b) => a.minute - b.minute);
  }

  /** The blocks of each minute, the newest first: each shows the chain of those before it. */
  #takeIds(groups: readonly IdGroup[]): void {
    const { realm, snapshot } = this.#options;
    const open = [...this.#chains];
    for (const { minute, chainBefore, ids } of groups) {
      const newest = open[0];
      const chain = hash('replay-chain', [minute, chainBefore, ids], realm);
      if (newest?.minute !== minute || !equalBytes(chain, newest.chain)) throw this.#invalid();
      if (equalBytes(chainBefore, FIRST_CHAIN)) open.shift();
      else open[0] = { minute, chain: chainBefore };
    }
    const isLast = this.#taken + 1 === snapshot.stateChunks + snapshot.idChunks;
    if ((open.length === 0) !== isLast) throw this.#invalid();
    this.#chains = open;
    for (const group of groups) {
      for (const id of idsOf(group)) this.#ids.push({ id, minute: group.minute });
    }
  }

  #finish(): void {
    const { log, snapshot, lightBlock, onWhole } = this.#options;
    const { height, time, appHash } = snapshot;
    log.appendJoined({ height, time, lightBlock, ids: this.#ids }, appHash);
    onWhole(this.#ids);
  }
}
