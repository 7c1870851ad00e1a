import { LEDGER_LIMITS } from '@ward/ledger/schema';
import { type Crypto, type Digest, defineFormat, field, TRANSACTION_LIMITS } from '@ward/protocol';

/** Bounds of a container; a node packs what it has, within them. */
export const CONTAINER_LIMITS = {
  transactionsMax: 512,
  /** Envelopes of one container: the longest one always fits. */
  envelopesBytesMax: TRANSACTION_LIMITS.envelopeBytesMax,
  /** The whole of it, with what stands around the envelopes. */
  bytesMax: TRANSACTION_LIMITS.envelopeBytesMax + 8 * 1024,
} as const;

/** Signed transactions that one node hands over as one transaction of CometBFT. */
export const Container = defineFormat('container', 1, {
  envelopes: field.list(field.bytesBetween(1, TRANSACTION_LIMITS.envelopeBytesMax), {
    min: 1,
    max: CONTAINER_LIMITS.transactionsMax,
  }),
});

/**
 * Envelopes of each container of a block; null for one that is no container, or would make the
 * block longer than the ledger takes. It depends on nothing but the block.
 *
 * @param containers Not changed afterwards: the envelopes are views of them.
 */
export function readContainers(
  containers: readonly Uint8Array[],
): (readonly Uint8Array[] | null)[] {
  let count = 0;
  let size = 0;
  return containers.map((bytes) => {
    const envelopes = readContainer(bytes);
    if (envelopes === null) return null;
    const ownSize = envelopes.reduce((sum, { length }) => sum + length, 0);
    const isTooMuch =
      count + envelopes.length > LEDGER_LIMITS.transactionsPerBlockMax ||
      size + ownSize > LEDGER_LIMITS.blockBytesMax;
    if (isTooMuch) return null;
    count += envelopes.length;
    size += ownSize;
    return envelopes;
  });
}

/**
 * Envelopes of a container, as views of it; null where the bytes are none.
 *
 * @param bytes Not changed afterwards.
 */
export function readContainer(bytes: Uint8Array): readonly Uint8Array[] | null {
  if (bytes.length > CONTAINER_LIMITS.bytesMax) return null;
  try {
    return Container.decodeShared(bytes).envelopes;
  } catch {
    return null;
  }
}

/** A digest as a key of a map. */
export function nameOf(digest: Digest): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('latin1');
}

/** Names of containers that are at hand: each is hashed once, however often it is asked for. */
const names = new WeakMap<Uint8Array, string>();

/** SHA-256 of a container, as a key of a map. @param container Not changed afterwards. */
export function nameOfContainer(container: Uint8Array, crypto: Crypto): string {
  let name = names.get(container);
  if (name === undefined) {
    name = nameOf(crypto.sha256(container));
    names.set(container, name);
  }
  return name;
}
