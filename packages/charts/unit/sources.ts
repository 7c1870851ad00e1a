import {
  ACCOUNT_ID_BYTES,
  DIGEST_BYTES,
  type Digest,
  defineFormat,
  deriveKey,
  type FormatOf,
  field,
  hash,
  type Random,
  type Realm,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';
import { openMany, sealMany } from '../sealed-box.ts';
import type { Source } from './unit-slots.ts';

/** How many units a closed source has, for those who know the source. */
const closedField = field.struct({
  /** H(source, organisation, secret): says nothing to those who were not given the source. */
  source: field.bytes(DIGEST_BYTES),
  count: field.integer(),
});

/**
 * Who writes in an epoch. It is sealed under the epoch's seed, so that readers of the epoch walk
 * every source to its first absent slot and see what is withheld; the next epoch's list closes the
 * sources of this one with their final counts.
 */
export const Sources = defineFormat('sources', 1, {
  epoch: field.integer(0, LIMITS.epochsMax),
  sources: field.list(
    field.struct({ organisation: field.bytes(ACCOUNT_ID_BYTES), secret: field.bytes(32) }),
    { max: LIMITS.sourcesMax },
  ),
  /** One-time keys of the owner's own units, in order; announced ahead. */
  ownerKeys: field.list(field.bytes(32), { max: LIMITS.ownerKeysMax }),
  /** The epoch before: its last sources object, and what its sources came to. */
  previous: field.nullable(
    field.struct({
      object: field.bytes(DIGEST_BYTES),
      closed: field.list(closedField, { max: LIMITS.sourcesMax }),
      ownerCount: field.integer(),
    }),
  ),
});
export type Sources = FormatOf<typeof Sources>;

export function sourceDigest({ organisation, secret }: Source, realm: Realm): Digest {
  return hash('source', [organisation, secret], realm);
}

function sourcesKey(seed: Uint8Array, realm: Realm): Uint8Array {
  return deriveKey('sources', { key: seed, parts: [] }, realm);
}

/** The sources object for the vault. */
export function sealSources(
  sources: Sources,
  seed: Uint8Array,
  random: Random,
  realm: Realm,
): Promise<Uint8Array> {
  return sealMany(sourcesKey(seed, realm), Sources.encode(sources), random, realm.crypto);
}

/** @throws WardError `SOURCES_INVALID`. */
export async function openSources(
  object: Uint8Array,
  { seed, epoch }: { seed: Uint8Array; epoch: number },
  realm: Realm,
): Promise<Sources> {
  try {
    const sources = Sources.decode(await openMany(sourcesKey(seed, realm), object, realm.crypto));
    if (sources.epoch === epoch) return sources;
  } catch {
    // Falls through: wrong key, wrong epoch and altered bytes are one refusal.
  }
  throw refuse('SOURCES_INVALID');
}
