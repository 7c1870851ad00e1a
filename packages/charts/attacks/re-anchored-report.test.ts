import { deriveKey, hash } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { decide } from '../opening/decide.ts';
import { openOnce, sealOnce } from '../sealed-box.ts';
import { Manifest, parseManifest } from '../unit/manifest.ts';
import { openAuthor, openUnitKey } from '../unit/open-unit.ts';

// The author signs the label inside the seal, and the label names the chart: otherwise a signed
// report is anchored again in another patient's chart.

const crypto = await loadCrypto();

async function twoPatients() {
  const [hers, his] = [
    await SampleOpening.make(crypto, { seed: 1 }),
    await SampleOpening.make(crypto, { seed: 2 }),
  ];
  return { hers, his, report: hers.units[0]!, realm: hers.chart.realm };
}

describe("a report of one patient, put into another patient's chart", () => {
  it('as it is, says itself whose it is, and no custodian of the other releases it', async () => {
    const { hers, his, report, realm } = await twoPatients();
    const { manifest } = parseManifest(report.manifest, realm);
    expect(manifest.chart).toEqual(hers.chart.chart);
    his.setUnits([report]);
    his.commit();
    const { input, clock } = his.show();
    expect(codeOf(() => decide(input, clock, realm))).toBe('UNIT_MISMATCH');
  });

  it('under the name of the other chart, has another label, and opens to nobody', async () => {
    const { hers, his, report, realm } = await twoPatients();
    const moved = { ...Manifest.decode(report.manifest), chart: his.chart.chart };
    const parsed = parseManifest(Manifest.encode(moved), realm);
    expect(parsed.label).not.toEqual(report.label);
    for (const { chart } of [hers, his]) {
      const open = () => openUnitKey(parsed, chart.epochKey, realm);
      expect(await codeOfAsync(open)).toBe('SEAL_INVALID');
    }
  });

  it('sealed anew by somebody who could read it, lacks the signature of its author', async () => {
    const { hers, his, report, realm } = await twoPatients();
    const k1 = await hers.unitKey(report);
    const boxKey = (label: Uint8Array) =>
      deriveKey('author-box', { key: k1, parts: [label] }, realm);
    const original = parseManifest(report.manifest, realm);
    const { manifest, label } = original;
    const author = await openOnce(boxKey(label), manifest.authorBox, crypto);
    // All that the copyist can do: the same author box and k1, under the label of the other chart.
    const moved = { ...manifest, chart: his.chart.chart };
    const { label: newLabel } = parseManifest(Manifest.encode(moved), realm);
    const info = hash('unit-seal', [newLabel], realm);
    const to = his.chart.epochKey.sealingKey;
    const forged = {
      ...moved,
      sealedKey: await crypto.kem.seal(k1, { to, info }),
      authorBox: await sealOnce(boxKey(newLabel), author, crypto),
    };
    const parsed = parseManifest(Manifest.encode(forged), realm);
    expect(await openUnitKey(parsed, his.chart.epochKey, realm)).toEqual(k1);
    expect(await codeOfAsync(() => openAuthor(parsed, k1, realm))).toBe('UNIT_INVALID');
    const genuine = await openAuthor(original, k1, realm);
    expect(genuine.signature).toHaveLength(64);
  });

  it('with its author box as it is, does not even open it', async () => {
    const { hers, his, report, realm } = await twoPatients();
    const moved = { ...Manifest.decode(report.manifest), chart: his.chart.chart };
    const parsed = parseManifest(Manifest.encode(moved), realm);
    const k1 = await hers.unitKey(report);
    expect(await codeOfAsync(() => openAuthor(parsed, k1, realm))).toBe('SEAL_INVALID');
  });
});
