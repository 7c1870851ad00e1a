import { encodeUtf8 } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { decideWithout } from '@ward/testkit/altered-decide';
import { codeOf, codeOfAsync } from '@ward/testkit/refusals';
import { sampleRecord } from '@ward/testkit/sample-chart';
import { SampleOpening } from '@ward/testkit/sample-opening';
import { describe, expect, it } from 'vitest';
import { decide } from '../opening/decide.ts';
import { type ReleasePoint, verifyReleasePoint } from '../release/release-point.ts';
import { randomScalar } from '../release/scalar.ts';
import { Manifest, parseManifest } from '../unit/manifest.ts';
import type { SealedUnit } from '../unit/write-unit.ts';

// Without the label and proof on every release point the custodians are a decryption oracle: log
// the flu shot, hand over the HIV result's point, or a blinded copy of it inside a junk unit, and
// unblind the answer.

const crypto = await loadCrypto();
const { add, multiply, subtract, multiplyBase, invertScalar } = crypto.ristretto;
const SECRET = 'HIV antibody test: positive (synthetic)';

/** How a point is disguised, and how R times it is stripped of the disguise. */
interface Disguise {
  readonly name: string;
  readonly blind: (u: Uint8Array) => Uint8Array;
  readonly unblind: (released: Uint8Array, q: Uint8Array) => Uint8Array;
}

const factor = randomScalar({ bytes: (length) => new Uint8Array(length).fill(7) }, crypto);
const DISGUISES: readonly Disguise[] = [
  { name: 'as it is', blind: (u) => u, unblind: (released) => released },
  {
    name: 'multiplied by a secret factor',
    blind: (u) => multiply(factor, u)!,
    unblind: (released) => multiply(invertScalar(factor), released)!,
  },
  {
    name: 'moved by a secret point',
    blind: (u) => add(u, multiplyBase(factor)!),
    unblind: (released, q) => subtract(released, multiply(factor, q)!),
  },
];

interface Attack {
  readonly opening: SampleOpening;
  /** What the attacker must not read, and the junk that carries its point. */
  readonly victim: SealedUnit;
  readonly junkPoint: ReleasePoint;
}

/** A grantee that may write puts the victim's point, disguised, into a junk unit of its own. */
async function attack(
  alter: (victim: ReleasePoint, own: ReleasePoint) => ReleasePoint,
): Promise<Attack> {
  const records = [sampleRecord(encodeUtf8(SECRET))];
  const opening = await SampleOpening.make(crypto, { records });
  const { realm } = opening.chart;
  const victim = opening.units[0]!;
  const junk = await opening.writeUnder({});
  const target = parseManifest(victim.manifest, realm).manifest.point!;
  const manifest = Manifest.decode(junk.manifest);
  const junkPoint = alter(target, manifest.point!);
  opening.changeGrant({ units: [junk.label] });
  opening.setUnits([{ ...junk, manifest: Manifest.encode({ ...manifest, point: junkPoint }) }]);
  opening.commit();
  return { opening, victim, junkPoint };
}

describe('a point of another unit inside a junk unit', () => {
  it.each(DISGUISES)('would open that unit if points were not checked: $name', async (disguise) => {
    const { opening, victim, junkPoint } = await attack((target, own) => ({
      ...own,
      u: disguise.blind(target.u),
    }));
    const { input, clock, realm } = opening.show();
    const [point] = decideWithout('POINT_UNPROVED').decide(input, clock, realm);
    expect(point!.u).toEqual(junkPoint.u);
    const k2 = disguise.unblind(opening.release(point!.u), point!.q);
    const keys = { k1: await opening.unitKey(victim), k2 };
    expect(await opening.readText(victim, keys)).toBe(SECRET);
  });

  it.each(DISGUISES)('is refused: $name', async (disguise) => {
    const { opening, junkPoint } = await attack((target, own) => ({
      ...own,
      u: disguise.blind(target.u),
    }));
    const { input, clock, realm } = opening.show();
    expect(verifyReleasePoint(junkPoint, opening.entry.labels[0]!, crypto)).toBe(false);
    expect(codeOf(() => decide(input, clock, realm))).toBe('POINT_UNPROVED');
  });

  const FORGERIES: [string, (target: ReleasePoint, own: ReleasePoint) => ReleasePoint][] = [
    ['with all of its own proof', (target) => target],
    [
      'with both points and the proof of the junk',
      (target, own) => ({
        ...own,
        u: target.u,
        uBar: target.uBar,
      }),
    ],
    [
      'with both points disguised alike',
      (target, own) => ({
        ...own,
        u: multiply(factor, target.u)!,
        uBar: multiply(factor, target.uBar)!,
      }),
    ],
    [
      'with the challenge of the one and the answer of the other',
      (target, own) => ({
        ...target,
        d: own.d,
      }),
    ],
  ];

  it.each(FORGERIES)('is refused %s', async (_, forge) => {
    const { opening } = await attack(forge);
    const { input, clock, realm } = opening.show();
    expect(codeOf(() => decide(input, clock, realm))).toBe('POINT_UNPROVED');
  });

  it('is of no use to somebody who is given the key of the junk alone', async () => {
    const { opening, victim } = await attack((_, own) => own);
    const { input, clock, realm } = opening.show();
    const [point] = decide(input, clock, realm);
    const keys = { k1: await opening.unitKey(victim), k2: opening.release(point!.u) };
    expect(await codeOfAsync(() => opening.readText(victim, keys))).toBe('SEAL_INVALID');
  });
});
