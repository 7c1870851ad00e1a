import { bitAt, EMPTY, type NodeRef, type Nodes, skipCount, skipSide } from './nodes.ts';
import { sharedLevels } from './tree-path.ts';

/** Leaves of one version in the order of the hashes of their keys. */
export class LeafWalk {
  readonly #nodes: Nodes;
  /** Subtrees that are still to be walked, the nearest last; never more than 257. */
  readonly #waiting: NodeRef[] = [];

  readonly #onInner: ((inner: NodeRef) => void) | undefined;

  /**
   * @param after Hash of a key: only leaves behind it are walked; null for all.
   * @param onInner Told of the inner nodes on the way.
   */
  constructor(
    nodes: Nodes,
    root: NodeRef,
    after: Int32Array | null = null,
    onInner?: (inner: NodeRef) => void,
  ) {
    this.#nodes = nodes;
    this.#onInner = onInner;
    if (after === null) this.#waiting.push(root);
    else this.#seek(root, after);
  }

  #seek(root: NodeRef, after: Int32Array): void {
    const nodes = this.#nodes;
    let node = root;
    for (let depth = 0; node > 0; depth++) {
      const skip = nodes.skip(node);
      const together = sharedLevels(skip, after, depth);
      depth += together;
      if (together < skipCount(skip)) {
        if (skipSide(skip, together) === 1) this.#waiting.push(node);
        return;
      }
      if (bitAt(after, 0, depth) === 0) {
        this.#waiting.push(nodes.right(node));
        node = nodes.left(node);
      } else node = nodes.right(node);
    }
    if (node !== EMPTY && this.#isBehind(node, after)) this.#waiting.push(node);
  }

  #isBehind(leaf: NodeRef, after: Int32Array): boolean {
    for (let depth = 0; depth < 256; depth++) {
      const own = this.#nodes.keyBit(leaf, depth);
      if (own !== bitAt(after, 0, depth)) return own === 1;
    }
    return false;
  }

  /** The next leaf, or {@link EMPTY} behind the last. */
  next(): NodeRef {
    for (let node = this.#waiting.pop(); node !== undefined; node = this.#waiting.pop()) {
      if (node < 0) return node;
      if (node === EMPTY) continue;
      this.#onInner?.(node);
      this.#waiting.push(this.#nodes.right(node), this.#nodes.left(node));
    }
    return EMPTY;
  }
}
