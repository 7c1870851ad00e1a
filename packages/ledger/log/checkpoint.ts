import type { Digest, Height, Seconds } from '@ward/protocol';
import { LeafWalk } from '../state-tree/leaf-walk.ts';
import { EMPTY, HASH_WORDS, type NodeRef, type Nodes, type Place } from '../state-tree/nodes.ts';
import type { StateTree, TreeVersion } from '../state-tree/state-tree.ts';
import { WriteBatch } from '../state-tree/write-batch.ts';
import type { BlockLog, WholeFrame } from './block-log.ts';
import { refuse } from './errors.ts';
import { FRAME_KIND, type FrameHeader, HEADER_BYTES } from './frame.ts';

/**
 * A checkpoint lists the leaves of one version in the order of their keys, in parts, so that no
 * frame is long. Body of a part, with the height of the version and the header's numbers [part,
 * leaves, 1 for the last part, how many blocks behind that height left the state as it was]:
 * genesis 32 · for each leaf [hash of the key 32, hash 32, bytes of the record 2, position 6].
 */
const LEAF_ENTRY_BYTES = 72;
const GENESIS_BYTES = 32;
/** A part takes some milliseconds, for which everything else waits. */
const LEAVES_PER_PART = 4096;

export interface CheckpointOptions {
  /** Digest of the genesis that the state grew from. */
  readonly genesis: Digest;
  readonly version: TreeVersion;
  /** Blocks behind the version's height that left the state as it was. */
  readonly idleBlocks: number;
  readonly time: Seconds;
}

/** Writes a checkpoint, part by part, so that the caller may do other things between. */
export class CheckpointWriter {
  readonly #log: BlockLog;
  readonly #tree: StateTree;
  readonly #options: CheckpointOptions;
  readonly #walk: LeafWalk;
  #part = 0;
  #next: number;

  constructor(log: BlockLog, tree: StateTree, options: CheckpointOptions) {
    this.#log = log;
    this.#tree = tree;
    this.#options = options;
    this.#walk = new LeafWalk(tree.nodes, options.version.root);
    this.#next = this.#walk.next();
  }

  /** Height of the version that it lists. */
  get height(): Height {
    return this.#options.version.height;
  }

  /** Writes all parts that are left. */
  finish(): void {
    while (!this.step());
  }

  /** Writes one part. @returns Whether it was the last one. */
  step(): boolean {
    const { genesis, version, idleBlocks, time } = this.#options;
    const leaves: NodeRef[] = [];
    while (this.#next !== EMPTY && leaves.length < LEAVES_PER_PART) {
      leaves.push(this.#next);
      this.#next = this.#walk.next();
    }
    const isLast = this.#next === EMPTY;
    const { height, rootHash: root } = version;
    const part = { number: this.#part++, leaves, isLast, idleBlocks };
    appendCheckpointPart(this.#log, this.#tree.nodes, { part, genesis, height, time, root });
    return isLast;
  }
}

export interface CheckpointPart {
  readonly genesis: Digest;
  readonly height: Height;
  readonly time: Seconds;
  /** Of the whole version. */
  readonly root: Digest;
  readonly part: {
    readonly number: number;
    readonly leaves: ArrayLike<NodeRef>;
    readonly isLast: boolean;
    readonly idleBlocks: number;
  };
}

const words = new Int32Array(2 * HASH_WORDS);
const wordBytes = new Uint8Array(words.buffer);

/** Appends one part of a checkpoint. */
export function appendCheckpointPart(log: BlockLog, nodes: Nodes, own: CheckpointPart): void {
  const { writer } = log;
  const { genesis, height, time, root, part } = own;
  const count = part.leaves.length;
  writer.begin();
  writer.bytes(genesis);
  for (let i = 0; i < count; i++) {
    const leaf = part.leaves[i]!;
    nodes.copyKeyHash(leaf, words, 0);
    nodes.copyHash(leaf, words, HASH_WORDS);
    writer.bytes(wordBytes);
    const { position, size } = nodes.place(leaf);
    writer.uint16(size);
    writer.uint48(position);
  }
  const numbers = [part.number, count, part.isLast ? 1 : 0, part.idleBlocks] as const;
  log.appendFrame({ kind: FRAME_KIND.checkpoint, height, time, numbers }, root);
}

/** The first height that a restart replays behind a checkpoint, of which this is a part. */
export function heightBehind({ height, numbers }: FrameHeader): Height {
  return height + numbers[3] + 1;
}

/**
 * Loads one part behind those before it.
 *
 * @throws WardError `LOG_FOREIGN`, `LOG_CORRUPT`.
 */
export function loadCheckpointPart(
  { header, bytes }: WholeFrame,
  tree: StateTree,
  genesis: Digest,
): void {
  const found = bytes.subarray(HEADER_BYTES, HEADER_BYTES + GENESIS_BYTES);
  if (!found.every((byte, i) => byte === genesis[i])) throw refuse('LOG_FOREIGN');
  const count = header.numbers[1];
  const batch = new WriteBatch(count);
  const keyHash = words.subarray(0, HASH_WORDS);
  const leafHash = words.subarray(HASH_WORDS);
  const first = HEADER_BYTES + GENESIS_BYTES;
  for (let i = 0; i < count; i++) {
    const at = first + i * LEAF_ENTRY_BYTES;
    wordBytes.set(bytes.subarray(at, at + 64));
    batch.putHashes(i, keyHash, leafHash);
  }
  tree.rebase(tree.draft(batch), header.height as Height);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < count; i++) {
    tree.nodes.setPlace(batch.leaf(i), placeAt(view, first + i * LEAF_ENTRY_BYTES + 64));
  }
}

function placeAt(view: DataView, at: number): Place {
  const position = view.getUint16(at + 2) * 2 ** 32 + view.getUint32(at + 4);
  return { size: view.getUint16(at), position };
}
