import {
  type Crypto,
  compareBytes,
  DIGEST_BYTES,
  type Digest,
  defineFormat,
  equalBytes,
  field,
  merkleLeaf,
  merklePath,
  merkleRootFromPath,
  merkleRootOfHashes,
  type StructOf,
} from '@ward/protocol';
import type { ChartHeader } from '../header/chart-header.ts';
import { CHART_LIMITS as LIMITS } from '../limits.ts';
import { objectName } from '../objects.ts';

const neighbourField = field.struct({
  label: field.bytes(DIGEST_BYTES),
  index: field.integer(0, LIMITS.erasedMax),
  path: field.list(field.bytes(DIGEST_BYTES), { max: 32 }),
});

/** That a sorted set does not hold a label: the two labels beside its place, next to each other. */
export const absenceFields = {
  before: field.nullable(neighbourField),
  after: field.nullable(neighbourField),
};
export const absenceField = field.struct(absenceFields);
export type ErasedAbsence = StructOf<typeof absenceFields>;
type Neighbour = NonNullable<ErasedAbsence['before']>;

/** The erased labels of a chart, once they are too many for its header. */
export const ErasedSet = defineFormat('erased-set', 1, {
  labels: field.list(field.bytes(DIGEST_BYTES), { min: 1, max: LIMITS.erasedMax, sortedBy: '' }),
});

/** What a header says of its erased labels: the labels, or the root of a set. */
export function erasedOf(labels: readonly Digest[], crypto: Crypto): ChartHeader['erased'] {
  const sorted = [...labels].sort(compareBytes);
  if (sorted.length <= LIMITS.erasedInlineMax) return { kind: 'inline', labels: sorted };
  const leaves = sorted.map((label) => merkleLeaf(label, crypto));
  const object = objectName(ErasedSet.encode({ labels: sorted }), crypto);
  return { kind: 'set', object, root: merkleRootOfHashes(leaves, crypto), count: sorted.length };
}

/** Proves that a label is not in the set; undefined when it is. */
export function proveNotErased(
  label: Digest,
  sorted: readonly Digest[],
  crypto: Crypto,
): ErasedAbsence | undefined {
  const leaves = sorted.map((each) => merkleLeaf(each, crypto));
  const found = sorted.findIndex((each) => compareBytes(each, label) >= 0);
  const at = found < 0 ? sorted.length : found;
  if (found >= 0 && equalBytes(sorted[found]!, label)) return undefined;
  const neighbour = (index: number): Neighbour | null => {
    const each = sorted[index];
    if (each === undefined) return null;
    return { label: each, index, path: merklePath(leaves, index, crypto) };
  };
  return { before: neighbour(at - 1), after: neighbour(at) };
}

/** Whether a header's list of erased labels leaves a label out. */
export function isNotErased(
  label: Digest,
  { erased, absence }: { erased: ChartHeader['erased']; absence: ErasedAbsence | undefined },
  crypto: Crypto,
): boolean {
  if (erased.kind === 'inline') return !erased.labels.some((each) => equalBytes(each, label));
  if (absence === undefined) return false;
  const { before, after } = absence;
  const { root, count } = erased;
  const isMember = ({ label: each, index, path }: Neighbour) => {
    const leaf = merkleLeaf(each, crypto);
    const found = merkleRootFromPath(leaf, { index, count, path }, crypto);
    return found !== undefined && equalBytes(found, root);
  };
  if (before === null && after === null) return false;
  if (before !== null && !(isMember(before) && compareBytes(before.label, label) < 0)) return false;
  if (after !== null && !(isMember(after) && compareBytes(label, after.label) < 0)) return false;
  const first = before === null ? -1 : before.index;
  const second = after === null ? count : after.index;
  return second === first + 1;
}
