import { compareBytes, merkleLeaf, merklePath, merkleRootOfHashes } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { seededRandom } from '@ward/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChartHeader } from '../header/chart-header.ts';
import { CHART_LIMITS } from '../limits.ts';
import { objectName } from '../objects.ts';
import {
  type ErasedAbsence,
  ErasedLabels,
  ErasedSet,
  erasedOf,
  isNotErased,
} from './erased-set.ts';

const crypto = await loadCrypto();
const random = seededRandom(1);
const labelsOf = (count: number) => Array.from({ length: count }, () => random.bytes(32));
const MANY = CHART_LIMITS.erasedInlineMax + 1;

type ErasedSetField = Extract<ChartHeader['erased'], { kind: 'set' }>;

function isAbsent(label: Uint8Array, erased: ChartHeader['erased'], absence?: ErasedAbsence) {
  return isNotErased(label, { erased, absence }, crypto);
}

describe('erased labels of a header', () => {
  it('stand in the header up to 256, and as a set from 257 on', () => {
    expect(erasedOf([], crypto)).toEqual({ kind: 'inline', labels: [] });
    expect(erasedOf(labelsOf(MANY - 1), crypto).kind).toBe('inline');
    expect(erasedOf(labelsOf(MANY), crypto).kind).toBe('set');
  });

  it('are in order, and once each', () => {
    const labels = labelsOf(20);
    const erased = erasedOf([...labels, ...labels.slice(3), labels[0]!], crypto);
    const sorted = [...labels].sort(compareBytes);
    expect(erased).toEqual({ kind: 'inline', labels: sorted });
    const many = labelsOf(MANY);
    expect(erasedOf([...many, many[9]!], crypto)).toMatchObject({ kind: 'set', count: MANY });
    const below = erasedOf([...many.slice(0, 256), many[9]!], crypto);
    expect(below.kind).toBe('inline');
  });

  it('are found where they stand in the header, and others are not', () => {
    const labels = labelsOf(10);
    const erased = erasedOf(labels, crypto);
    for (const label of labels) expect(isAbsent(label, erased)).toBe(false);
    expect(isAbsent(random.bytes(32), erased)).toBe(true);
    expect(isAbsent(random.bytes(32), erasedOf([], crypto))).toBe(true);
  });

  it('as a set have the name of their object and the root of RFC 6962', () => {
    const labels = new ErasedLabels(labelsOf(300), crypto);
    const field = labels.field as ErasedSetField;
    expect(field.object).toEqual(objectName(labels.encode(), crypto));
    const leaves = ErasedSet.decode(labels.encode()).labels.map((label) =>
      merkleLeaf(label, crypto),
    );
    expect(field.root).toEqual(merkleRootOfHashes(leaves, crypto));
  });
});

describe('a proof that a label is not in the set', () => {
  const own = labelsOf(300);
  const labels = new ErasedLabels(own, crypto);
  const erased = labels.field as ErasedSetField;
  const sorted = ErasedSet.decode(labels.encode()).labels;

  it('exists for every label outside and for none inside, whatever the size of the set', () => {
    const sizes = fc.integer({ min: MANY, max: 700 });
    fc.assert(
      fc.property(sizes, (count) => {
        const set = new ErasedLabels(labelsOf(count), crypto);
        for (let i = 0; i < 10; i++) {
          const label = random.bytes(32);
          expect(isAbsent(label, set.field, set.proveAbsent(label))).toBe(true);
        }
        const members = ErasedSet.decode(set.encode()).labels;
        for (const label of [members[0]!, members.at(-1)!, members[count >> 1]!]) {
          expect(set.proveAbsent(label)).toBeUndefined();
        }
      }),
      { numRuns: 12 },
    );
  });

  it('has the paths of RFC 6962 for both neighbours', () => {
    const leaves = sorted.map((label) => merkleLeaf(label, crypto));
    const { before, after } = labels.proveAbsent(random.bytes(32))!;
    for (const neighbour of [before!, after!]) {
      expect(neighbour.path).toEqual(merklePath(leaves, neighbour.index, crypto));
    }
  });

  it('holds at both ends of the set, with one neighbour each', () => {
    const [lowest, highest] = [new Uint8Array(32), new Uint8Array(32).fill(0xff)];
    const [low, high] = [labels.proveAbsent(lowest)!, labels.proveAbsent(highest)!];
    expect(low.before).toBeNull();
    expect(high.after).toBeNull();
    expect(isAbsent(lowest, erased, low)).toBe(true);
    expect(isAbsent(highest, erased, high)).toBe(true);
    expect(isAbsent(lowest, erased, high)).toBe(false);
    expect(isAbsent(highest, erased, low)).toBe(false);
    for (const count of [erased.count - 1, erased.count + 1]) {
      expect(isAbsent(highest, { ...erased, count }, high)).toBe(false);
    }
  });

  it('is refused for a label that is erased, whatever neighbours are named', () => {
    const at = 150;
    const label = sorted[at]!;
    const proofAt = (index: number) => {
      const between = sorted[index]!.slice();
      between[31]! ^= 1;
      return labels.proveAbsent(between)!;
    };
    const [before, after] = [proofAt(at - 1), proofAt(at + 1)];
    const neighbours = [before.before, before.after, after.before, after.after, null];
    for (const one of neighbours) {
      for (const other of neighbours) {
        expect(isAbsent(label, erased, { before: one, after: other })).toBe(false);
      }
    }
    expect(isAbsent(label, erased)).toBe(false);
  });

  it('is refused with anything of it altered', () => {
    const label = random.bytes(32);
    const proof = labels.proveAbsent(label)!;
    const before = proof.before!;
    const after = proof.after!;
    const far = labels.proveAbsent(new Uint8Array(32))!.after!;
    const altered: ErasedAbsence[] = [
      { before: null, after: null },
      { before, after: null },
      { before: null, after },
      { before: after, after: before },
      { before: far, after },
      { before: { ...before, index: before.index - 1 }, after },
      { before, after: { ...after, index: after.index + 1 } },
      { before: { ...before, label: random.bytes(32) }, after },
      { before: { ...before, path: before.path.slice(1) }, after },
      { before, after: { ...after, path: [...after.path, random.bytes(32)] } },
      { before: { ...before, path: before.path.map(() => random.bytes(32)) }, after },
    ];
    for (const absence of altered) expect(isAbsent(label, erased, absence)).toBe(false);
    expect(isAbsent(label, { ...erased, root: random.bytes(32) }, proof)).toBe(false);
    expect(isAbsent(label, erased, proof)).toBe(true);
  });

  it('is made quickly for many labels of a large set', () => {
    const large = new ErasedLabels(labelsOf(20_000), crypto);
    large.proveAbsent(random.bytes(32));
    const start = performance.now();
    for (let i = 0; i < 256; i++) large.proveAbsent(random.bytes(32));
    expect(performance.now() - start).toBeLessThan(200);
  });
});
