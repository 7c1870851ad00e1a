import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { makeSampleChart, sampleAuthor, sampleRecord } from '@ward/testkit/sample-chart';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { MemoryBodies } from '@ward/testkit/unit-store';
import { describe, expect, it } from 'vitest';
import { epochKey, makeEpoch } from '../header/epoch.ts';
import { decide } from '../opening/decide.ts';
import { combineShares } from '../release/combining.ts';
import { parseManifest } from '../unit/manifest.ts';
import { openRecord, openUnitKey, ownUnitKey } from '../unit/open-unit.ts';
import { writeUnit } from '../unit/write-unit.ts';

const crypto = await loadCrypto();

describe('custodians never hold k1', () => {
  it('so that all of them together open nothing without a seed of the epoch', async () => {
    const opening = await SampleOpening.make(crypto);
    const unit = opening.units[0]!;
    const { realm, random } = opening.chart;
    const parsed = parseManifest(unit.manifest, realm);
    const k2 = opening.release(parsed.manifest.point!.u);
    const guess = epochKey(makeEpoch(0, random).seed, realm);
    expect(await codeOfAsync(() => openUnitKey(parsed, guess, realm))).toBe('SEAL_INVALID');
    for (const k1 of [random.bytes(32), new Uint8Array(32), k2]) {
      const read = () => opening.readText(unit, { k1, k2 });
      expect(await codeOfAsync(read)).toBe('SEAL_INVALID');
    }
    const keys = { k1: await opening.unitKey(unit), k2 };
    expect(['first', 'second']).toContain(await opening.readText(unit, keys));
  });

  it('and a holder of the seed opens nothing without t of them', async () => {
    const opening = await SampleOpening.make(crypto);
    const unit = opening.units[0]!;
    const { dealing, realm } = opening.chart;
    const { u } = parseManifest(unit.manifest, realm).manifest.point!;
    const answers = dealing.shares.slice(0, 2).map((share, i) => ({
      index: i + 1,
      point: crypto.ristretto.multiply(share, u)!,
    }));
    expect(codeOf(() => combineShares(answers, 3, crypto))).toBe('SHARES_TOO_FEW');
    const k1 = await opening.unitKey(unit);
    const tries = [new Uint8Array(0), u, answers[0]!.point, combineShares(answers, 2, crypto)];
    for (const k2 of tries) {
      const read = () => opening.readText(unit, { k1, k2 });
      expect(await codeOfAsync(read)).toBe('SEAL_INVALID');
    }
  });
});

describe('one release point per unit', () => {
  it('so that the key of one opens no other, not even of the same chart and moment', async () => {
    const opening = await SampleOpening.make(crypto);
    const [one, other] = opening.units as [(typeof opening.units)[0], (typeof opening.units)[0]];
    const { u } = parseManifest(one.manifest, opening.chart.realm).manifest.point!;
    const k2 = opening.release(u);
    const read = async () => opening.readText(other, { k1: await opening.unitKey(other), k2 });
    expect(await codeOfAsync(read)).toBe('SEAL_INVALID');
  });

  it('so that an entry that names one unit releases one, though all are shown', async () => {
    const opening = await SampleOpening.make(crypto);
    const all = opening.manifests;
    opening.setUnits([opening.units[0]!]);
    opening.commit();
    const { input, clock, realm } = opening.show();
    expect(decide(input, clock, realm)).toHaveLength(1);
    const more = { ...input, request: { ...input.request, manifests: all } };
    expect(codeOf(() => decide(more, clock, realm))).toBe('UNIT_UNNAMED');
  });
});

describe('an emergency summary, with release none', () => {
  it('is read by whoever holds the seed of its epoch, while the network is away', async () => {
    const { realm, random, header, epochKey: key } = makeSampleChart(crypto, { isUnlocked: true });
    const bodies = new MemoryBodies(crypto);
    const text = new TextEncoder().encode('Penicillin allergy (synthetic)');
    const author = sampleAuthor(crypto.ed25519.keyPair(random.bytes(32)), random.bytes(16));
    const caption = { kind: 'allergies', month: 0 } as const;
    const input = { records: [sampleRecord(text)], caption, author, header };
    const unit = await writeUnit(input, bodies, random, realm);
    const parsed = parseManifest(unit.manifest, realm);
    expect(parsed.manifest.point).toBeNull();
    const k2 = ownUnitKey(parsed, new Uint8Array(32), realm);
    const keys = { k1: await openUnitKey(parsed, key, realm), k2 };
    const place = { unit: parsed, keys, index: 0 };
    const opened = await openRecord(place, [bodies.bodyOf(unit, 0)], realm);
    const pieces = [];
    for await (const piece of opened.bytes) pieces.push(...piece);
    expect(new Uint8Array(pieces)).toEqual(text);
  });
});
