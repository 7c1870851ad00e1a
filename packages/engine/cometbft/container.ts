import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { LEDGER_LIMITS } from '@ward/ledger/schema';
import { type Crypto, defineFormat, field, TRANSACTION_LIMITS } from '@ward/protocol';
import { bytesKey } from '../bytes-key.ts';

/** Bytes of envelopes with what stands around them, before they are packed. */
const LISTED_BYTES_MAX = TRANSACTION_LIMITS.envelopeBytesMax + 8 * 1024;

/** Bounds of a container; a node packs what it has, within them. */
export const CONTAINER_LIMITS = {
  transactionsMax: 512,
  /** Envelopes of one container: the longest one always fits. */
  envelopesBytesMax: TRANSACTION_LIMITS.envelopeBytesMax,
  /** The whole of it. */
  bytesMax: LISTED_BYTES_MAX + 64,
  /** No more comes out of a container than so many times what it has: to open it costs as much. */
  inflationMax: 16,
} as const;

/** A container shorter than this is sent as it is: to deflate it would cost more than it saves. */
const DEFLATED_BYTES_MIN = 2048;
/** More than this finds little more between envelopes, and takes twice as long. */
const DEFLATE_LEVEL = 1;

/** Signed transactions, as they stand in a container. */
export const ContainedEnvelopes = defineFormat('contained-envelopes', 1, {
  envelopes: field.list(field.bytesBetween(1, TRANSACTION_LIMITS.envelopeBytesMax), {
    min: 1,
    max: CONTAINER_LIMITS.transactionsMax,
  }),
});

/**
 * Signed transactions that one node hands over as one transaction of CometBFT: a list of them,
 * deflated (RFC 1951) or as they are. What they have in common stands there once, and CometBFT pays
 * for every byte several times.
 */
export const Container = defineFormat('container', 1, {
  isDeflated: field.boolean(),
  content: field.bytesBetween(1, LISTED_BYTES_MAX),
});

/** What is in a container. */
export interface OpenedContainer {
  readonly envelopes: readonly Uint8Array[];
  /** Bytes of all of them. */
  readonly sizeBytes: number;
}

/** @param envelopes Within the bounds of {@link CONTAINER_LIMITS}. */
export function packContainer(envelopes: readonly Uint8Array[]): Uint8Array {
  const listed = ContainedEnvelopes.encode({ envelopes });
  if (listed.length >= DEFLATED_BYTES_MIN) {
    const content = deflateRawSync(listed, { level: DEFLATE_LEVEL });
    const isAllowed = listed.length <= content.length * CONTAINER_LIMITS.inflationMax;
    if (isAllowed && content.length < listed.length) {
      return Container.encode({ isDeflated: true, content });
    }
  }
  return Container.encode({ isDeflated: false, content: listed });
}

/**
 * What is in a container; null where the bytes are none. It depends on nothing but the bytes.
 *
 * @param bytes Not changed afterwards: the envelopes may be views of them.
 */
export function openContainer(bytes: Uint8Array): OpenedContainer | null {
  if (bytes.length > CONTAINER_LIMITS.bytesMax) return null;
  try {
    const { isDeflated, content } = Container.decodeShared(bytes);
    const listed = isDeflated ? inflate(content) : content;
    const { envelopes } = ContainedEnvelopes.decodeShared(listed);
    return { envelopes, sizeBytes: sizeOf(envelopes) };
  } catch {
    return null;
  }
}

/** What Node answers to the option `info`, which its types leave out. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** @throws Error for what is not deflated, or comes to more than it may. */
function inflate(content: Uint8Array): Uint8Array {
  const most = Math.min(LISTED_BYTES_MAX, content.length * CONTAINER_LIMITS.inflationMax);
  const options = { maxOutputLength: most, info: true };
  const { buffer, engine } = inflateRawSync(content, options) as unknown as Inflated;
  if (engine.bytesWritten !== content.length) throw new Error('bytes behind the end');
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}

function sizeOf(envelopes: readonly Uint8Array[]): number {
  return envelopes.reduce((sum, { length }) => sum + length, 0);
}

/**
 * Containers of a block, opened; null for one that is none, or would make the block longer than the
 * ledger takes. It depends on nothing but the block.
 *
 * @param open What each one holds: {@link openContainer}, or what remembers its answers.
 */
export function openContainers(
  containers: readonly Uint8Array[],
  open: (container: Uint8Array) => OpenedContainer | null = openContainer,
): (OpenedContainer | null)[] {
  let count = 0;
  let size = 0;
  return containers.map((bytes) => {
    const opened = open(bytes);
    if (opened === null) return null;
    const { envelopes, sizeBytes } = opened;
    const isTooMuch =
      count + envelopes.length > LEDGER_LIMITS.transactionsPerBlockMax ||
      size + sizeBytes > LEDGER_LIMITS.blockBytesMax;
    if (isTooMuch) return null;
    count += envelopes.length;
    size += sizeBytes;
    return opened;
  });
}

/** Names of containers that are at hand: each is hashed once, however often it is asked for. */
const names = new WeakMap<Uint8Array, string>();

/** SHA-256 of a container, as a key of a map. @param container Not changed afterwards. */
export function nameOfContainer(container: Uint8Array, crypto: Crypto): string {
  let name = names.get(container);
  if (name === undefined) {
    name = bytesKey(crypto.sha256(container));
    names.set(container, name);
  }
  return name;
}
