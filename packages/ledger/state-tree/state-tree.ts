import type { Digest, Height } from '@ward/protocol';
import { type HashPairs, TreeDraft } from './draft.ts';
import { KeyFilter } from './key-filter.ts';
import { LeafWalk } from './leaf-walk.ts';
import {
  bitAt,
  EMPTY,
  HASH_WORDS,
  INNER_BYTES,
  LEAF_BYTES,
  type NodeRef,
  Nodes,
  skipCount,
} from './nodes.ts';
import { WriteBatch } from './write-batch.ts';

/** The tree as it stood after a height that changed it. */
export interface TreeVersion {
  readonly height: Height;
  readonly root: NodeRef;
  readonly rootHash: Digest;
  /** Nodes that only versions before this one need. */
  readonly retiredInner: Int32Array;
  readonly retiredLeaves: Int32Array;
}

/** Who may need an older version for longer. */
export type VersionHolder = 'checkpoint' | 'snapshot';

const NONE = new Int32Array(0);
/** What versions may hold besides the newest: so much in any case, and so much for each key. */
const RETIRED_BYTES = 128 * 1024 * 1024;
const RETIRED_BYTES_PER_KEY = 48;
/** So many versions are kept whatever they hold: headers name the state of the block before. */
const VERSIONS_MIN = 4;

/**
 * The authenticated state: a binary sparse Merkle tree over SHA-256 of the key, in which a lone
 * leaf stands as high as it can. What is hashed how is fixed by protocol's state proofs.
 *
 * Nodes never change once they are adopted. The versions of the last heights that changed anything
 * stay readable, fewer where blocks write so much that the old nodes would take too much memory; a
 * node is used again when the last version that needs it is dropped.
 */
export class StateTree {
  readonly nodes = new Nodes();
  readonly #retained: number;
  readonly #retiredBytesMax: number;
  readonly #hashPairs: HashPairs | undefined;
  readonly #versions: TreeVersion[] = [];
  /** Has every key of every version. */
  readonly #filter = new KeyFilter();
  #retiredBytes = 0;
  #retiredLeaves = 0;
  readonly #heldHeights = new Map<VersionHolder, Height>();

  /**
   * @param retained How many versions stay readable, the newest included; at least 1.
   * @param retiredBytesMax What the older ones may hold, where keys are few.
   * @param hashPairs The platform's way to hash many inner nodes at once, where it has one.
   */
  constructor(retained: number, retiredBytesMax = RETIRED_BYTES, hashPairs?: HashPairs) {
    if (!(retained >= 1)) throw new Error('a tree keeps at least one version');
    this.#retained = retained;
    this.#hashPairs = hashPairs;
    this.#retiredBytesMax = retiredBytesMax;
  }

  /** Versions that are readable, the oldest first; none before the first {@link adopt}. */
  get versions(): readonly TreeVersion[] {
    return this.#versions;
  }

  get root(): NodeRef {
    return this.#versions.at(-1)?.root ?? EMPTY;
  }

  /** Keys of the newest version. */
  get keyCount(): number {
    return this.nodes.leaves.count - this.#retiredLeaves;
  }

  /** Memory of all nodes, with what is reserved. */
  get sizeBytes(): number {
    let lists = 0;
    for (const { retiredInner, retiredLeaves } of this.#versions) {
      lists += retiredInner.byteLength + retiredLeaves.byteLength;
    }
    return (
      this.nodes.inner.sizeBytes + this.nodes.leaves.sizeBytes + this.#filter.sizeBytes + lists
    );
  }

  /** The version that a batch would make; the tree stays as it is. */
  draft(batch: WriteBatch): TreeDraft {
    return new TreeDraft(this.nodes, this.root, batch, this.#hashPairs);
  }

  rootHash(root: NodeRef): Digest {
    const words = new Int32Array(HASH_WORDS);
    this.nodes.copyHash(root, words, 0);
    return new Uint8Array(words.buffer);
  }

  /**
   * Makes a draft the newest version. It must have been made of the one that is newest now.
   *
   * @param height Above that of every version so far.
   */
  adopt(draft: TreeDraft, height: Height): void {
    const newest = this.#versions.at(-1);
    if (newest !== undefined && height <= newest.height) throw new Error('heights must ascend');
    const version: TreeVersion = {
      height,
      root: draft.root,
      rootHash: this.rootHash(draft.root),
      retiredInner: newest === undefined ? NONE : draft.retiredInner.toArray(),
      retiredLeaves: newest === undefined ? NONE : draft.retiredLeaves.toArray(),
    };
    this.#versions.push(version);
    this.#addToFilter(draft.batch);
    this.#retiredBytes += retiredBytes(version);
    this.#retiredLeaves += version.retiredLeaves.length;
    while (this.#isOverfull()) this.#dropOldest();
  }

  /**
   * Keeps the version of a height, and those behind it, however many there are: for a walk through
   * its leaves that other versions come in between of.
   *
   * @param height Of one of {@link versions}; undefined: it is not needed any more.
   */
  hold(height: Height | undefined, holder: VersionHolder = 'checkpoint'): void {
    if (height === undefined) this.#heldHeights.delete(holder);
    else this.#heldHeights.set(holder, height);
  }

  #isHeld(height: Height): boolean {
    return [...this.#heldHeights.values()].includes(height);
  }

  #isOverfull(): boolean {
    const count = this.#versions.length;
    if (this.#isHeld(this.#versions[0]!.height)) return false;
    if (count > this.#retained) return true;
    const max = Math.max(this.#retiredBytesMax, this.keyCount * RETIRED_BYTES_PER_KEY);
    return count > VERSIONS_MIN && this.#retiredBytes > max;
  }

  /** Forgets all keys, for a state that is loaded in the place of this one. */
  clear(): void {
    const empty = new TreeDraft(this.nodes, EMPTY, new WriteBatch(0));
    const walk = new LeafWalk(this.nodes, this.root, null, (inner) => {
      empty.retiredInner.push(inner);
    });
    for (let leaf = walk.next(); leaf !== EMPTY; leaf = walk.next()) {
      empty.retiredLeaves.push(-leaf);
    }
    this.rebase(empty, 0);
  }

  /** Makes a draft the only version: for a state that is loaded, not executed. */
  rebase(draft: TreeDraft, height: Height): void {
    const { inner, leaves } = this.nodes;
    for (const version of this.#versions.splice(0)) {
      inner.releaseAll(version.retiredInner);
      leaves.releaseAll(version.retiredLeaves);
    }
    this.#retiredBytes = 0;
    this.#retiredLeaves = 0;
    inner.releaseAll(draft.retiredInner.items, draft.retiredInner.length);
    leaves.releaseAll(draft.retiredLeaves.items, draft.retiredLeaves.length);
    const { root } = draft;
    const retired = { retiredInner: NONE, retiredLeaves: NONE };
    this.#versions.push({ height, root, rootHash: this.rootHash(root), ...retired });
    this.#addToFilter(draft.batch);
  }

  #addToFilter({ keyHashes, count }: WriteBatch): void {
    for (let i = 0; i < count; i++) this.#filter.add(keyHashes, i * HASH_WORDS);
  }

  #dropOldest(): void {
    this.#versions.shift();
    const oldest = this.#versions[0]!;
    const { retiredInner, retiredLeaves } = oldest;
    this.#versions[0] = { ...oldest, retiredInner: NONE, retiredLeaves: NONE };
    this.nodes.inner.releaseAll(retiredInner);
    this.nodes.leaves.releaseAll(retiredLeaves);
    this.#retiredBytes -= retiredBytes(oldest);
    this.#retiredLeaves -= retiredLeaves.length;
  }

  /** The version that stood at a height; undefined where it is not kept. */
  versionAt(height: Height): TreeVersion | undefined {
    for (let i = this.#versions.length - 1; i >= 0; i--) {
      const version = this.#versions[i]!;
      if (version.height <= height) return version;
    }
    return undefined;
  }

  /** The newest version has the key whose hash is given. */
  has(keyHash: Int32Array): boolean {
    return this.#filter.mayHave(keyHash, 0) && this.find(this.root, keyHash) !== EMPTY;
  }

  /** Leaf of a key, or {@link EMPTY}; the hash of the key stands at word `from`. */
  find(root: NodeRef, keyHashes: Int32Array, from = 0): NodeRef {
    const { nodes } = this;
    let node = root;
    // What the nodes skip is not looked at: the leaf tells in the end.
    for (let depth = 0; node > 0; depth++) {
      depth += skipCount(nodes.skip(node));
      node = bitAt(keyHashes, from, depth) === 0 ? nodes.left(node) : nodes.right(node);
    }
    return node !== EMPTY && nodes.hasKeyHash(node, keyHashes, from) ? node : EMPTY;
  }
}

/** Memory that comes free with the version before this one. */
function retiredBytes({ retiredInner, retiredLeaves }: TreeVersion): number {
  return retiredInner.length * (INNER_BYTES + 4) + retiredLeaves.length * (LEAF_BYTES + 4);
}
