import {
  type Crypto,
  compareBytes,
  DIGEST_BYTES,
  type Digest,
  defineFormat,
  equalBytes,
  field,
  merkleInner,
  merkleLeaf,
  merkleRootFromPath,
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

/**
 * The erased labels of a chart as the wallet keeps them: what its header says of them, the object
 * for the vault, and proofs that others are not among them. The tree is RFC 6962's.
 */
export class ErasedLabels {
  readonly #sorted: readonly Digest[];
  readonly #crypto: Crypto;
  #levels: readonly (readonly Digest[])[] | undefined;

  /** @param labels In any order; one that comes twice counts once. */
  constructor(labels: readonly Digest[], crypto: Crypto) {
    const sorted = [...labels].sort(compareBytes);
    this.#sorted = sorted.filter((label, i) => i === 0 || !equalBytes(label, sorted[i - 1]!));
    this.#crypto = crypto;
  }

  /** What a header says: the labels, or the root of a set. */
  get field(): ChartHeader['erased'] {
    const labels = this.#sorted;
    if (labels.length <= LIMITS.erasedInlineMax) return { kind: 'inline', labels };
    const root = this.#tree().at(-1)![0]!;
    const object = objectName(this.encode(), this.#crypto);
    return { kind: 'set', object, root, count: labels.length };
  }

  /** The object for the vault, once the labels are too many for a header. */
  encode(): Uint8Array {
    return ErasedSet.encode({ labels: this.#sorted });
  }

  /** Proves that a label is not in the set; undefined when it is. */
  proveAbsent(label: Digest): ErasedAbsence | undefined {
    const at = this.#placeOf(label);
    const next = this.#sorted[at];
    if (next !== undefined && equalBytes(next, label)) return undefined;
    return { before: this.#neighbour(at - 1), after: this.#neighbour(at) };
  }

  /** Index of the first label that is not smaller. */
  #placeOf(label: Digest): number {
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareBytes(this.#sorted[middle]!, label) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #neighbour(index: number): Neighbour | null {
    const label = this.#sorted[index];
    if (label === undefined) return null;
    const path: Digest[] = [];
    let at = index;
    for (const level of this.#tree()) {
      const sibling = level[at ^ 1];
      if (sibling !== undefined) path.push(sibling);
      at >>= 1;
    }
    return { label, index, path };
  }

  /** Levels from the leaves up; a node without a sibling goes up as it is. */
  #tree(): readonly (readonly Digest[])[] {
    if (this.#levels !== undefined) return this.#levels;
    let level: readonly Digest[] = this.#sorted.map((label) => merkleLeaf(label, this.#crypto));
    const levels = [level];
    while (level.length > 1) {
      const below = level;
      level = Array.from({ length: Math.ceil(below.length / 2) }, (_, i) => {
        const [left, right] = [below[2 * i]!, below[2 * i + 1]];
        return right === undefined ? left : merkleInner(left, right, this.#crypto);
      });
      levels.push(level);
    }
    this.#levels = levels;
    return levels;
  }
}

/** What a header says of its erased labels: the labels, or the root of a set. */
export function erasedOf(labels: readonly Digest[], crypto: Crypto): ChartHeader['erased'] {
  return new ErasedLabels(labels, crypto).field;
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
