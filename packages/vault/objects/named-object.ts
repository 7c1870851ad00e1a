import {
  Manifest,
  type ObjectBatch,
  objectName,
  packedName,
  refuseChart,
  unitCommitment,
} from '@ward/charts';
import {
  type ChartId,
  DIGEST_BYTES,
  type Digest,
  defineFormat,
  equalBytes,
  type FormatOf,
  field,
  type Realm,
  WardError,
} from '@ward/protocol';
import { refuse } from '../errors.ts';

type SentObject = ObjectBatch['objects'][number];

/** What a stored object is; a streamed one is an `object` that came by itself. */
export type ObjectKind = SentObject['kind'];

const BODIES_MAX = 4096;

/** The bodies of a packed object, in order, as the index keeps them. */
export const StoredBodies = defineFormat('stored-bodies', 1, {
  bodies: field.list(field.struct({ digest: field.bytes(DIGEST_BYTES), size: field.integer(1) }), {
    min: 1,
    max: BODIES_MAX,
  }),
});
export type StoredBodies = FormatOf<typeof StoredBodies>;

/** An object whose name was computed here, from its bytes. */
export interface NamedObject {
  readonly kind: ObjectKind;
  readonly name: Digest;
  readonly bytes: Uint8Array;
  readonly bodies: Uint8Array | null;
}

/**
 * Names an object by its bytes; what a sender calls it counts for nothing.
 *
 * @param position Its place in the batch, for the refusal.
 * @throws WardError `OBJECT_INVALID` where the parts do not fit, or a manifest is another chart's.
 */
export function nameObject(
  object: SentObject,
  { chart, position }: { chart: ChartId; position: number },
  realm: Realm,
): NamedObject {
  const { kind, bytes } = object;
  const invalid = () => refuse('OBJECT_INVALID', { position });
  switch (kind) {
    case 'object':
      return { kind, name: objectName(bytes, realm.crypto), bytes, bodies: null };
    case 'manifest': {
      if (!isManifestOf(bytes, chart)) throw invalid();
      return { kind, name: unitCommitment(bytes, realm), bytes, bodies: null };
    }
    case 'packed': {
      if (!isPackOf(bytes, object.bodies, realm)) throw invalid();
      const bodies = StoredBodies.encode({ bodies: object.bodies });
      return { kind, name: packedName(object.bodies, realm.crypto), bytes, bodies };
    }
  }
}

function isManifestOf(bytes: Uint8Array, chart: ChartId): boolean {
  try {
    return equalBytes(Manifest.decode(bytes).chart, chart);
  } catch (error) {
    if (error instanceof WardError) return false;
    throw error;
  }
}

/** The bodies are all there, one behind the other, each with its digest. */
function isPackOf(bytes: Uint8Array, bodies: StoredBodies['bodies'], realm: Realm): boolean {
  const size = bodies.reduce((sum, body) => sum + body.size, 0);
  if (size !== bytes.length) return false;
  let offset = 0;
  return bodies.every((body) => {
    const own = bytes.subarray(offset, offset + body.size);
    offset += body.size;
    return equalBytes(objectName(own, realm.crypto), body.digest);
  });
}

/** Place of one body within a packed object. @throws WardError `BODY_UNKNOWN`. */
export function placeOfBody(
  { bodies }: StoredBodies,
  index: number,
): { readonly digest: Digest; readonly offset: number; readonly size: number } {
  const body = bodies[index];
  if (body === undefined) throw refuse('BODY_UNKNOWN');
  const offset = bodies.slice(0, index).reduce((sum, { size }) => sum + size, 0);
  return { ...body, offset };
}

/** @throws WardError `RECORD_ERASED`: the body was punched out. */
export function refuseErasedBody(): WardError {
  return refuseChart('RECORD_ERASED');
}
