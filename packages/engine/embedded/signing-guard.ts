import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import {
  concatBytes,
  DIGEST_BYTES,
  defineFormat,
  type FormatOf,
  field,
  type Height,
  readUint32,
  uint32Bytes,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import type { Disk, DiskFile } from '../storage/disk.ts';

/** The newest block that others may have seen with the signature of this validator. */
export const SignedBlock = defineFormat('signed-block', 1, {
  height: field.integer<Height>(1),
  hash: field.bytes(DIGEST_BYTES),
});
export type SignedBlock = FormatOf<typeof SignedBlock>;

/**
 * Remembers what a validator has shown, so that its key never stands under two blocks of one
 * height. A block is shown only when it is durable in the log and, after that, recorded here: a log
 * that ends below what is recorded was rolled back, and the engine refuses to go on from it.
 */
export interface SigningGuard {
  readonly last: SignedBlock | undefined;
  /**
   * Makes durable that everything up to this block may be seen from now on.
   *
   * @throws WardError `STORAGE_FAILED`.
   */
  record(block: SignedBlock): Promise<void>;
  close(): void;
}

/** A {@link SigningGuard} that forgets with its process, as the memory engine's log does. */
export class MemorySigningGuard implements SigningGuard {
  last: SignedBlock | undefined;

  async record(block: SignedBlock): Promise<void> {
    this.last = block;
  }

  close(): void {}
}

const SLOT_BYTES = 512;
const SLOTS = 2;
const HEAD_BYTES = 5;

/** A slot: CRC-32 of what follows, its length in one byte, the block, and zeros. */
function encodeSlot(block: SignedBlock): Uint8Array {
  const bytes = SignedBlock.encode(block);
  const checked = concatBytes(Uint8Array.of(bytes.length), bytes);
  const slot = new Uint8Array(SLOT_BYTES);
  slot.set(concatBytes(uint32Bytes(crc32(checked)), checked));
  return slot;
}

function parseSlot(slot: Uint8Array): SignedBlock | undefined {
  const end = HEAD_BYTES + slot[HEAD_BYTES - 1]!;
  if (readUint32(slot, 0) !== crc32(slot.subarray(4, end))) return undefined;
  try {
    return SignedBlock.decode(slot.subarray(HEAD_BYTES, end));
  } catch {
    return undefined;
  }
}

/** A {@link SigningGuard} in a file of two slots, written in turn: one is whole at any time. */
export class FileSigningGuard implements SigningGuard {
  readonly #file: DiskFile;
  #next = 0;
  last: SignedBlock | undefined;

  /** @throws WardError `SIGNING_STATE_INVALID`. */
  constructor(path: string, disk: Disk) {
    this.#file = disk.open(path);
    const { sizeBytes } = this.#file;
    if (sizeBytes === 0) {
      disk.syncFolder(dirname(path));
      return;
    }
    for (let slot = 0; slot < SLOTS && (slot + 1) * SLOT_BYTES <= sizeBytes; slot++) {
      const bytes = new Uint8Array(SLOT_BYTES);
      this.#file.read(bytes, slot * SLOT_BYTES);
      const block = parseSlot(bytes);
      if (block === undefined || block.height <= (this.last?.height ?? 0)) continue;
      this.last = block;
      this.#next = (slot + 1) % SLOTS;
    }
    // A first slot that was torn was never relied on; two that fail were damaged.
    if (this.last === undefined && sizeBytes > SLOT_BYTES) throw refuse('SIGNING_STATE_INVALID');
  }

  async record(block: SignedBlock): Promise<void> {
    try {
      await this.#file.write([encodeSlot(block)], this.#next * SLOT_BYTES);
      await this.#file.sync();
    } catch (cause) {
      throw Object.assign(refuse('STORAGE_FAILED'), { cause });
    }
    this.#next = (this.#next + 1) % SLOTS;
    this.last = block;
  }

  close(): void {
    this.#file.close();
  }
}
