import { loadCrypto } from '@ward/protocol/crypto';
import { decideWithout } from '@ward/testkit/altered-decide';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { ErasedLabels } from '../erasure/erased-set.ts';
import { decide } from '../opening/decide.ts';
import { combineShares } from '../release/combining.ts';
import { parseManifest } from '../unit/manifest.ts';
import { openRecord } from '../unit/open-unit.ts';

// Erasure is labels that custodians refuse and shares that they delete, never "the point is gone":
// the writer may keep its randomness, openers their keys, backups their manifests.

const crypto = await loadCrypto();

describe('an erased unit', () => {
  it('is refused by custodians though manifest and body were kept by somebody', async () => {
    const opening = await SampleOpening.make(crypto);
    const [label] = opening.entry.labels;
    opening.headerChanges = { erased: new ErasedLabels([label!], crypto).field };
    opening.commit();
    const { input, clock, realm } = opening.show();
    expect(codeOf(() => decide(input, clock, realm))).toBe('UNIT_ERASED');
    expect(decideWithout('UNIT_ERASED').decide(input, clock, realm)).toHaveLength(2);
  });

  it('stays readable for those who opened it: that cannot be undone, and is said', async () => {
    const opening = await SampleOpening.make(crypto);
    const unit = opening.units[0]!;
    const { u } = parseManifest(unit.manifest, opening.chart.realm).manifest.point!;
    const kept = { k1: await opening.unitKey(unit), k2: opening.release(u) };
    expect(['first', 'second']).toContain(await opening.readText(unit, kept));
  });

  it('cannot be opened without its body, whatever keys are kept', async () => {
    const opening = await SampleOpening.make(crypto);
    const unit = opening.units[0]!;
    const { realm } = opening.chart;
    const parsed = parseManifest(unit.manifest, realm);
    const keys = { k1: await opening.unitKey(unit), k2: opening.release(parsed.manifest.point!.u) };
    const place = { unit: parsed, keys, index: 0 };
    const zeros = new Uint8Array(unit.bodies[0]!.size);
    expect(await codeOfAsync(() => openRecord(place, [zeros], realm))).toBe('OBJECT_MISMATCH');
    expect(await codeOfAsync(() => openRecord(place, [], realm))).toBe('OBJECT_MISMATCH');
  });
});

describe('a chart whose custodians deleted their shares', () => {
  it('is released by nobody once n − t + 1 of them did', async () => {
    const opening = await SampleOpening.make(crypto);
    const { dealing, realm } = opening.chart;
    const unit = opening.units[0]!;
    const { u } = parseManifest(unit.manifest, realm).manifest.point!;
    const left = dealing.shares.slice(3);
    const answers = left.map((share, i) => ({
      index: i + 4,
      point: crypto.ristretto.multiply(share, u)!,
    }));
    expect(codeOf(() => combineShares(answers, 3, crypto))).toBe('SHARES_TOO_FEW');
  });
});
