import type { Crypto, Digest, Height, Seconds, TransactionId } from '@ward/protocol';
import { equalBytes } from '@ward/protocol';
import type { Writes } from '../machine/overlay.ts';
import type { Storage } from '../ports.ts';
import type { Place } from '../state-tree/nodes.ts';
import { SIZE_UNKNOWN } from '../state-tree/nodes.ts';
import {
  type BlockParts,
  ID_ENTRY_BYTES,
  idsAt,
  type LoggedBlock,
  RECORD_HEAD_BYTES,
  type RememberedId,
  readBlock,
  writeBlockParts,
  writeIds,
  writeRecord,
} from './block-frame.ts';
import { refuse } from './errors.ts';
import {
  FRAME_KIND,
  type FrameHeader,
  type FrameTrailer,
  FrameWriter,
  HEADER_BYTES,
  LINK_BYTES,
  LOG_VERSION,
  readHeader,
  readTrailer,
} from './frame.ts';
import { HeightIndex } from './height-index.ts';

/** A frame and where it stands. */
export interface PlacedHeader extends FrameHeader {
  readonly position: number;
}

export interface WholeFrame {
  readonly header: PlacedHeader;
  readonly bytes: Uint8Array;
  readonly trailer: FrameTrailer;
}

/** Where a ledger was taken over from others. */
export interface JoinedPoint {
  readonly height: Height;
  readonly time: Seconds;
  /** What stands in the log in the place of that height's light block. */
  readonly lightBlock: Uint8Array;
}

interface JoinedParts extends JoinedPoint {
  readonly ids: readonly RememberedId[];
}

/** How much of the log {@link BlockLog.findTransaction} looks through, in blocks. */
const SEARCHED_BLOCKS_MAX = 100_000;

/** The one file of a ledger: blocks, the values they wrote, checkpoints. */
export class BlockLog {
  readonly storage: Storage;
  readonly writer: FrameWriter;
  readonly heights = new HeightIndex();
  /** Undefined where the log begins with a genesis, or was pruned since. */
  joined: JoinedPoint | undefined;
  readonly #crypto: Crypto;
  #link = new Uint8Array(LINK_BYTES);

  constructor(storage: Storage, crypto: Crypto) {
    this.storage = storage;
    this.#crypto = crypto;
    this.writer = new FrameWriter(crypto);
  }

  /**
   * Appends a block with its records.
   *
   * @returns Where the record of each write stands.
   */
  appendBlock(parts: BlockParts, { keys, values }: Writes, root: Digest): Place[] {
    const { writer } = this;
    writer.begin();
    const numbers = writeBlockParts(writer, parts);
    const places: { position: number; size: number }[] = [];
    for (let i = 0; i < keys.length; i++) {
      const position = writeRecord(writer, keys[i]!, values[i]!);
      places.push({ position, size: writer.at - position });
    }
    const { height, time } = parts;
    const position = this.appendFrame(
      { kind: FRAME_KIND.block, height, time, numbers: [...numbers, keys.length] },
      root,
    );
    this.heights.add(height, position);
    for (const place of places) place.position += position;
    return places;
  }

  /**
   * Appends what a ledger goes on from that was taken over from others. Its body is [light block,
   * for each remembered id 32, minute 1], as in a block's frame, with the header's numbers [bytes
   * of the light block, ids, 0, 0].
   */
  appendJoined({ height, time, lightBlock, ids }: JoinedParts, root: Digest): void {
    const { writer } = this;
    writer.begin();
    writer.bytes(lightBlock);
    const own = { ids: ids.map(({ id }) => id), minutes: ids.map(({ minute }) => minute) };
    writeIds(writer, { time, ...own });
    const numbers = [lightBlock.length, ids.length, 0, 0] as const;
    this.appendFrame({ kind: FRAME_KIND.joined, height, time, numbers }, root);
    this.heights.clear();
    this.joined = { height, time, lightBlock };
  }

  /** Closes and appends what the writer holds. @returns The frame's position. */
  appendFrame(header: Omit<FrameHeader, 'length' | 'link' | 'durable'>, root: Digest): number {
    const durable = this.storage.durableSize;
    const frame = this.writer.finish({ ...header, durable, link: this.#link }, root);
    const position = this.storage.append(frame);
    this.#link = frame.slice(frame.length - 32, frame.length - 32 + LINK_BYTES);
    return position;
  }

  /** The next frame will name this one as the one before it. */
  continueFrom(digest: Digest): void {
    this.#link = digest.slice(0, LINK_BYTES);
  }

  read(position: number, length: number): Uint8Array {
    const bytes = this.storage.read(position, length);
    // A Buffer's slice is a view, which would keep or change what is handed out.
    if (bytes.constructor === Uint8Array) return bytes;
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** @throws WardError `LOG_VERSION`. */
  readHeader(position: number): PlacedHeader | undefined {
    if (position + HEADER_BYTES > this.storage.size) return undefined;
    const bytes = this.read(position, HEADER_BYTES);
    const header = readHeader(bytes);
    if (header === undefined) return undefined;
    if (bytes[0] !== LOG_VERSION) throw refuse('LOG_VERSION', { version: bytes[0]! });
    return { ...header, position };
  }

  /** A frame with every byte as it was written, or undefined. */
  readFrame(header: PlacedHeader): WholeFrame | undefined {
    if (header.position + header.length > this.storage.size) return undefined;
    const bytes = this.read(header.position, header.length);
    const trailer = readTrailer(bytes, this.#crypto);
    return trailer && { header, bytes, trailer };
  }

  /** @throws WardError `LOG_CORRUPT`. */
  wholeFrame(header: PlacedHeader): WholeFrame {
    const frame = this.readFrame(header);
    if (frame === undefined) throw refuse('LOG_CORRUPT', { position: header.position });
    return frame;
  }

  /** The header that must stand at a position. @throws WardError `LOG_CORRUPT`. */
  headerAt(position: number): PlacedHeader {
    const header = this.readHeader(position);
    if (header === undefined) throw refuse('LOG_CORRUPT', { position });
    return header;
  }

  /** A record. Whether its value is the right one, the tree knows. */
  readRecord({ position, size }: Place): Uint8Array {
    return this.read(position, size === SIZE_UNKNOWN ? this.#recordSize(position) : size);
  }

  #recordSize(position: number): number {
    const head = this.read(position, RECORD_HEAD_BYTES);
    const view = new DataView(head.buffer, head.byteOffset, RECORD_HEAD_BYTES);
    const size = RECORD_HEAD_BYTES + view.getUint16(0) + view.getUint32(2);
    if (position + size > this.storage.size) throw refuse('LOG_CORRUPT', { position });
    return size;
  }

  /** The header of the block at a height; undefined where it is not kept. */
  blockHeader(height: Height): PlacedHeader | undefined {
    const near = this.heights.near(height);
    if (near === undefined) return undefined;
    for (let position = near; position < this.storage.size; ) {
      const header = this.headerAt(position);
      if (header.kind === FRAME_KIND.block) {
        if (header.height === height) return header;
        if (header.height > height) return undefined;
      }
      position += header.length;
    }
    return undefined;
  }

  /** @throws WardError `LOG_CORRUPT`. */
  block(height: Height): LoggedBlock | undefined {
    const header = this.blockHeader(height);
    return header && readBlock(this.wholeFrame(header).bytes, header);
  }

  /** Forgets the blocks before a height; what they wrote must have been carried forward. */
  dropBefore(height: Height): void {
    const header = this.blockHeader(height);
    if (header === undefined) return;
    this.joined = undefined;
    this.heights.dropBefore(height, header.position);
    this.storage.dropBefore(header.position);
  }

  /** Looks for an id in the newest blocks, the newest first. */
  findTransaction(
    id: TransactionId,
    newest: Height,
  ): { readonly height: Height; readonly index: number } | undefined {
    const oldest = Math.max(1, newest - SEARCHED_BLOCKS_MAX + 1);
    for (let height = newest; height >= oldest; height--) {
      const header = this.blockHeader(height);
      if (header === undefined) return undefined;
      const index = this.#indexOf(id, header);
      if (index >= 0) return { height, index };
    }
    return undefined;
  }

  #indexOf(id: TransactionId, { position, numbers }: PlacedHeader): number {
    const count = numbers[1];
    if (count === 0) return -1;
    const ids = this.read(position + idsAt(numbers), count * ID_ENTRY_BYTES);
    for (let index = 0; index < count; index++) {
      const at = index * ID_ENTRY_BYTES;
      if (ids[at] === id[0] && equalBytes(ids.subarray(at, at + 32), id)) return index;
    }
    return -1;
  }
}
