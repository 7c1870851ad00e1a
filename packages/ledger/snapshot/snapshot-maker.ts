import type { Height, Realm, Seconds } from '@ward/protocol';
import { concatBytes, hash } from '@ward/protocol';
import { forEachId, ID_ENTRY_BYTES, idsAt } from '../log/block-frame.ts';
import type { BlockLog, PlacedHeader } from '../log/block-log.ts';
import { REMEMBERED_SECONDS } from '../log/recovery.ts';
import { FIRST_CHAIN } from '../machine/ledger-state.ts';
import { minuteEnd } from '../machine/replay-memory.ts';
import { LeafWalk } from '../state-tree/leaf-walk.ts';
import { bitAt, EMPTY, HASH_WORDS, type NodeRef } from '../state-tree/nodes.ts';
import type { StateTree, TreeVersion } from '../state-tree/state-tree.ts';
import { treePath } from '../state-tree/tree-path.ts';
import {
  encodeIdChunk,
  encodeStateChunk,
  groupBytes,
  type IdGroup,
  SNAPSHOT_LIMITS,
} from './chunk.ts';
import type { Snapshot } from './snapshot.ts';

export interface SnapshotSource {
  readonly log: BlockLog;
  readonly tree: StateTree;
  readonly realm: Realm;
}

/** A state that is written down. */
export interface SnapshotPoint {
  readonly height: Height;
  readonly time: Seconds;
  readonly version: TreeVersion;
}

/** Makes a snapshot of one version, chunk by chunk; other blocks may come in between. */
export class SnapshotMaker {
  readonly #source: SnapshotSource;
  readonly #point: SnapshotPoint;
  readonly #walk: LeafWalk;
  readonly #bodyBytesMax: number;
  readonly #keyHash = new Int32Array(HASH_WORDS);
  #next: NodeRef;
  #nextRecord: Uint8Array | undefined;
  #groups: IdGroup[] | undefined;
  #stateChunks = 0;
  #idChunks = 0;

  /** @param bodyBytesMax As all nodes of a network have it; a test may want more chunks. */
  constructor(
    source: SnapshotSource,
    point: SnapshotPoint,
    bodyBytesMax: number = SNAPSHOT_LIMITS.bodyBytesMax,
  ) {
    this.#source = source;
    this.#point = point;
    this.#bodyBytesMax = bodyBytesMax;
    this.#walk = new LeafWalk(source.tree.nodes, point.version.root);
    this.#next = this.#walk.next();
  }

  get height(): Height {
    return this.#point.height;
  }

  /** What was made so far; whole when {@link next} has nothing more. */
  get snapshot(): Snapshot {
    const { height, time, version } = this.#point;
    const counts = { stateChunks: this.#stateChunks, idChunks: this.#idChunks };
    return { height, time, appHash: version.rootHash, ...counts };
  }

  /**
   * The next chunk; undefined behind the last one.
   *
   * @throws WardError `LOG_CORRUPT`.
   */
  next(): Uint8Array | undefined {
    if (this.#next !== EMPTY) {
      this.#stateChunks++;
      return this.#stateChunk();
    }
    this.#groups ??= this.#gatherIds();
    if (this.#groups.length === 0) return undefined;
    this.#idChunks++;
    return this.#idChunk(this.#groups);
  }

  #stateChunk(): Uint8Array {
    const records: Uint8Array[] = [];
    let bytes = 0;
    let last = EMPTY;
    while (this.#next !== EMPTY) {
      const { log, tree } = this.#source;
      this.#nextRecord ??= log.readRecord(tree.nodes.place(this.#next));
      bytes += this.#nextRecord.length;
      if (bytes > this.#bodyBytesMax && last !== EMPTY) break;
      records.push(this.#nextRecord);
      last = this.#next;
      this.#nextRecord = undefined;
      this.#next = this.#walk.next();
    }
    return encodeStateChunk(records, this.#rightOf(last));
  }

  /** What stands right of the way of a leaf, by depth. */
  #rightOf(leaf: NodeRef) {
    const { nodes } = this.#source.tree;
    nodes.copyKeyHash(leaf, this.#keyHash, 0);
    const path = treePath(nodes, this.#point.version.root, this.#keyHash);
    const right: (Uint8Array | null)[] = [];
    let at = 0;
    for (let level = 0; level < path.depth; level++) {
      const isThere = (path.bitmap[level >> 3]! & (0x80 >> (level & 7))) !== 0;
      const sibling = isThere ? path.siblings[at++]! : null;
      right.push(bitAt(this.#keyHash, 0, level) === 0 ? sibling : null);
    }
    return { depth: path.depth, right };
  }

  #idChunk(groups: IdGroup[]): Uint8Array {
    let count = 0;
    let bytes = 0;
    while (count < groups.length) {
      bytes += groupBytes(groups[count]!);
      if (bytes > this.#bodyBytesMax && count > 0) break;
      count++;
    }
    return encodeIdChunk(groups.splice(0, count));
  }

  /** Ids that are still remembered: by minute, of each the newest block first. */
  #gatherIds(): IdGroup[] {
    const { realm } = this.#source;
    const minutes = new Map<number, IdGroup[]>();
    const chains = new Map<number, Uint8Array>();
    for (const header of this.#rememberedBlocks()) {
      for (const [minute, ids] of this.#idsOf(header)) {
        const groups = minutes.get(minute) ?? [];
        const chainBefore = chains.get(minute) ?? FIRST_CHAIN;
        groups.push({ minute, chainBefore, ids });
        minutes.set(minute, groups);
        chains.set(minute, hash('replay-chain', [minute, chainBefore, ids], realm));
      }
    }
    const ascending = [...minutes.keys()].sort((a, b) => a - b);
    return ascending.flatMap((minute) => minutes.get(minute)!.reverse());
  }

  *#rememberedBlocks(): Generator<PlacedHeader> {
    const { log } = this.#source;
    const { height, time } = this.#point;
    const oldest = Math.max(1, log.heights.oldest ?? 1);
    let first = height;
    while (first >= oldest && log.blockHeader(first)!.time + REMEMBERED_SECONDS > time) first--;
    for (let at = first + 1; at <= height; at++) {
      const header = log.blockHeader(at)!;
      if (header.numbers[1] > 0) yield header;
    }
  }

  /** Ids of a block that are remembered, by the minute in which they end. */
  #idsOf(header: PlacedHeader): Map<number, Uint8Array> {
    const found = new Map<number, Uint8Array[]>();
    const bytes = this.#source.log.read(
      header.position,
      idsAt(header.numbers) + header.numbers[1] * ID_ENTRY_BYTES,
    );
    forEachId(bytes, header, (id, minute) => {
      if (minuteEnd(minute) <= this.#point.time) return;
      const ids = found.get(minute);
      if (ids === undefined) found.set(minute, [id]);
      else ids.push(id);
    });
    const joined = new Map<number, Uint8Array>();
    for (const minute of [...found.keys()].sort((a, b) => a - b)) {
      joined.set(minute, concatBytes(...found.get(minute)!));
    }
    return joined;
  }
}
