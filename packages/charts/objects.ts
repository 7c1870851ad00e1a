import {
  type Crypto,
  concatBytes,
  type Digest,
  encodeCbor,
  equalBytes,
  tagged,
  taggedDigest,
} from '@ward/protocol';
import { refuse } from './errors.ts';

/** Name of an object in a vault: the digest of its bytes. */
export function objectName(bytes: Uint8Array, crypto: Crypto): Digest {
  return taggedDigest('object', bytes, crypto);
}

/** The same for bytes that come in pieces. */
export function objectNameStream(crypto: Crypto): {
  update(bytes: Uint8Array): void;
  digest(): Digest;
} {
  const stream = crypto.sha256Stream();
  stream.update(tagged('object', new Uint8Array(0)));
  return stream;
}

/** @throws WardError `OBJECT_MISMATCH` when a vault answered with other bytes. */
export function checkObject(bytes: Uint8Array, name: Digest, crypto: Crypto): Uint8Array {
  if (!equalBytes(objectName(bytes, crypto), name)) throw refuse('OBJECT_MISMATCH');
  return bytes;
}

/** One body of a unit, as its manifest and its packed object list it. */
export interface BodyEntry {
  readonly digest: Digest;
  readonly size: number;
}

/**
 * Name of a packed object: the digest of the list of its bodies, so that a body can be punched out
 * and the others still verify.
 */
export function packedName(bodies: readonly BodyEntry[], crypto: Crypto): Digest {
  const list = encodeCbor(bodies.map(({ digest, size }) => [digest, size]));
  return taggedDigest('unit-object', list, crypto);
}

/** The bodies of a unit, one behind the other. */
export function packBodies(bodies: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...bodies);
}
