import { loadCrypto } from '@ward/protocol/crypto';
import { codeOfAsync } from '@ward/testkit/refusals';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { grantLeaf } from '../grant/grant.ts';
import { epochKey, makeEpoch, openSeed, sealSeeds } from '../header/epoch.ts';
import { parseManifest } from '../unit/manifest.ts';
import { openAuthor, openCaption, openUnitKey } from '../unit/open-unit.ts';

// An envelope lists the epoch seeds that it grants; there are no back-links. A back-link made for
// one reader would open the past to another.

const crypto = await loadCrypto();

async function twoEpochs() {
  const opening = await SampleOpening.make(crypto);
  const { realm, random } = opening.chart;
  const next = makeEpoch(1, random);
  const key = epochKey(next.seed, realm);
  const epoch = { number: 1, sealingKey: key.sealingKey.bytes };
  return { opening, realm, random, next, key, later: await opening.writeUnder({ epoch }) };
}

describe('the seed of an epoch', () => {
  it('opens no unit of the epoch before, nor the one before those of the next', async () => {
    const { opening, realm, key, later } = await twoEpochs();
    const [old, young] = [opening.units[0]!, later].map((unit) =>
      parseManifest(unit.manifest, realm),
    ) as [ReturnType<typeof parseManifest>, ReturnType<typeof parseManifest>];
    const before = opening.chart.epochKey;
    expect(await codeOfAsync(() => openUnitKey(old, key, realm))).toBe('SEAL_INVALID');
    expect(await codeOfAsync(() => openUnitKey(young, before, realm))).toBe('SEAL_INVALID');
    expect(await openUnitKey(old, before, realm)).toHaveLength(32);
    expect(await openUnitKey(young, key, realm)).toHaveLength(32);
  });

  it('of before shows no author or caption of what is written after a revocation', async () => {
    const { opening, realm, later } = await twoEpochs();
    const young = parseManifest(later.manifest, realm);
    const k1 = await opening.unitKey(opening.units[0]!);
    expect(await codeOfAsync(() => openAuthor(young, k1, realm))).toBe('SEAL_INVALID');
    expect(await codeOfAsync(() => openCaption(young, k1, realm))).toBe('SEAL_INVALID');
  });

  it('is sealed to those who stay, and has no entry for who was revoked', async () => {
    const { opening, realm, random, next } = await twoEpochs();
    const { chart } = opening.chart;
    const leaves = [1, 2].map((n) =>
      grantLeaf({ salt: random.bytes(32), grant: Uint8Array.of(n) }, realm),
    );
    const [stays, revoked] = leaves as [Uint8Array, Uint8Array];
    const key = opening.response;
    const readers = [{ leaf: stays, key: key.sealingKey }];
    const object = await sealSeeds({ chart, epoch: next, readers }, random, realm);
    const place = { chart, epoch: 1, leaf: stays };
    expect(await openSeed(object, place, key, realm)).toEqual(next.seed);
    expect(await openSeed(object, { ...place, leaf: revoked }, key, realm)).toBeUndefined();
    const elsewhere = openSeed(object, { ...place, epoch: 2 }, key, realm);
    expect(await codeOfAsync(() => elsewhere)).toBe('SEAL_INVALID');
  });
});
