import { decodeUtf8, encodeUtf8 } from '@ward/protocol';
import { refuse } from '../errors.ts';

/**
 * What stands in a backup, inside of the age file: version 1, then for each file [length of the
 * name 1, name, size 6, bytes], then one zero. Numbers are unsigned, most significant byte first.
 */
const VERSION = 1;
const NAME_BYTES_MAX = 64;
const SIZE_BYTES = 6;

/**
 * Files of a node's home that a backup has: what it is, and its ledger; of one that continues
 * another ledger the state that it began with, and the old ledger where it is there.
 */
const NAMES = [
  /^(node|genesis|promotion-plan|predecessor\/genesis)\.json$/,
  /^predecessor\/promotion$/,
  /^(validator|service|peer)\.key$/,
  /^(predecessor\/)?ledger\/(head|\d{10}\.log)$/,
  /^headers\/(index|records)-[1-9]\d{0,15}$/,
  /^first-state\/(promotion|snapshots\/[1-9]\d{0,15}\/(snapshot|chunk-\d{6}))$/,
];

/** Whether a file of this name belongs into a backup. */
export function isBackedUp(name: string): boolean {
  return NAMES.some((form) => form.test(name));
}

export interface BackupEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** The bytes of a backup. */
export async function* encodeEntries(entries: Iterable<BackupEntry>): AsyncGenerator<Uint8Array> {
  yield Uint8Array.of(VERSION);
  for (const { name, sizeBytes, content } of entries) {
    const bytes = encodeUtf8(name);
    const head = Buffer.alloc(1 + bytes.length + SIZE_BYTES);
    head[0] = bytes.length;
    head.set(bytes, 1);
    head.writeUIntBE(sizeBytes, 1 + bytes.length, SIZE_BYTES);
    yield head;
    yield* content;
  }
  yield Uint8Array.of(0);
}

/**
 * Reads a backup; each entry's content is read before the next entry.
 *
 * @throws WardError `NODE_BACKUP_INVALID`.
 */
export async function* parseEntries(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<BackupEntry> {
  const source = new ByteSource(bytes);
  if ((await source.take(1))[0] !== VERSION) throw refuse('NODE_BACKUP_INVALID');
  for (;;) {
    const length = (await source.take(1))[0]!;
    if (length === 0) break;
    if (length > NAME_BYTES_MAX) throw refuse('NODE_BACKUP_INVALID');
    const name = readName(await source.take(length));
    const sizeBytes = Buffer.from(await source.take(SIZE_BYTES)).readUIntBE(0, SIZE_BYTES);
    yield { name, sizeBytes, content: source.pieces(sizeBytes) };
  }
  if (!(await source.isAtEnd())) throw refuse('NODE_BACKUP_INVALID');
}

function readName(bytes: Uint8Array): string {
  const name = decodeUtf8(bytes);
  if (!isBackedUp(name)) throw refuse('NODE_BACKUP_INVALID');
  return name;
}

/** Bytes that come in pieces of whatever length. */
class ByteSource {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#pieces = bytes[Symbol.asyncIterator]();
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done === true) return true;
      this.#piece = value;
    }
    return false;
  }

  async *pieces(sizeBytes: number): AsyncGenerator<Uint8Array> {
    for (let left = sizeBytes; left > 0; ) {
      if (await this.isAtEnd()) throw refuse('NODE_BACKUP_INVALID');
      const piece = this.#piece.subarray(0, left);
      this.#piece = this.#piece.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** @param length A few bytes. */
  async take(length: number): Promise<Uint8Array> {
    const taken = new Uint8Array(length);
    let at = 0;
    for await (const piece of this.pieces(length)) {
      taken.set(piece, at);
      at += piece.length;
    }
    return taken;
  }
}
