import type { Height } from '@ward/protocol';
import { LeafWalk } from '../state-tree/leaf-walk.ts';
import { EMPTY, type NodeRef, type Place } from '../state-tree/nodes.ts';
import type { StateTree } from '../state-tree/state-tree.ts';
import type { BlockLog } from './block-log.ts';
import { FRAME_KIND } from './frame.ts';

/** Bytes of records that one frame carries forward. */
const CARRIED_BYTES = 1024 * 1024;

/**
 * Copies the values that stand before a position to the end of the log, for every version that is
 * readable. The body of such a frame is records, with the header's numbers [records, 0, 0, 0].
 */
export class ValueCarrier {
  readonly #log: BlockLog;
  readonly #tree: StateTree;
  readonly #before: number;
  readonly #height: Height;
  readonly #leaves: NodeRef[] = [];
  readonly #places: Place[] = [];

  constructor(
    log: BlockLog,
    tree: StateTree,
    { before, height }: { before: number; height: Height },
  ) {
    this.#log = log;
    this.#tree = tree;
    this.#before = before;
    this.#height = height;
  }

  run(): void {
    const { nodes, versions, root } = this.#tree;
    this.#log.writer.begin();
    const walk = new LeafWalk(nodes, root);
    for (let leaf = walk.next(); leaf !== EMPTY; leaf = walk.next()) this.#carry(leaf);
    for (const { retiredLeaves } of versions) for (const leaf of retiredLeaves) this.#carry(-leaf);
    this.#close();
  }

  #carry(leaf: NodeRef): void {
    const place = this.#tree.nodes.place(leaf);
    if (place.position >= this.#before) return;
    const { writer } = this.#log;
    const record = this.#log.readRecord(place);
    this.#leaves.push(leaf);
    this.#places.push({ position: writer.at, size: record.length });
    writer.bytes(record);
    if (writer.at >= CARRIED_BYTES) this.#close();
  }

  /** Appends the frame; from here on the values are read from it. */
  #close(): void {
    if (this.#leaves.length === 0) return;
    const { rootHash } = this.#tree.versions.at(-1)!;
    const numbers = [this.#leaves.length, 0, 0, 0] as const;
    const header = { kind: FRAME_KIND.carried, height: this.#height, time: 0, numbers };
    const position = this.#log.appendFrame(header, rootHash);
    for (const [i, leaf] of this.#leaves.entries()) {
      const { position: at, size } = this.#places[i]!;
      this.#tree.nodes.setPlace(leaf, { position: position + at, size });
    }
    this.#leaves.length = 0;
    this.#places.length = 0;
    this.#log.writer.begin();
  }
}
