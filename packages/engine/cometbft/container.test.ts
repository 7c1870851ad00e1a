import { deflateRawSync } from 'node:zlib';
import { WriteSlots } from '@ward/ledger/schema';
import { loadCrypto } from '@ward/protocol/crypto';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import {
  CONTAINER_LIMITS,
  ContainedEnvelopes,
  Container,
  openContainer,
  packContainer,
} from './container.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const random = seededRandom(5);

function envelopes(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => {
    const slots = [{ address: random.bytes(32), value: random.bytes(32) }];
    return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, TEST_TIME).envelope;
  });
}

const sum = (all: readonly Uint8Array[]) => all.reduce((size, { length }) => size + length, 0);

const listOf = (all: readonly Uint8Array[]) => ContainedEnvelopes.encode({ envelopes: all });
const deflated = (content: Uint8Array) => Container.encode({ isDeflated: true, content });

describe('a container', () => {
  it('says once what its envelopes have in common', () => {
    const all = envelopes(400);
    const bytes = packContainer(all);
    expect(bytes.length).toBeLessThan(0.6 * sum(all));
    expect(openContainer(bytes)).toEqual({ envelopes: all, sizeBytes: sum(all) });
  });

  it('leaves a few as they are', () => {
    const all = envelopes(3);
    expect(Container.decode(packContainer(all)).isDeflated).toBe(false);
    expect(openContainer(packContainer(all))?.envelopes).toEqual(all);
  });

  it('leaves as it is what deflating does not make shorter, or too short', () => {
    for (const envelope of [random.bytes(100_000), new Uint8Array(100_000)]) {
      expect(Container.decode(packContainer([envelope])).isDeflated).toBe(false);
      expect(openContainer(packContainer([envelope]))?.envelopes).toEqual([envelope]);
    }
  });

  it('opens whatever deflated it, and not what is more or less than that', () => {
    const all = envelopes(5);
    for (let level = 0; level <= 9; level++) {
      const content = deflateRawSync(listOf(all), { level });
      expect(openContainer(deflated(content))?.envelopes).toEqual(all);
      expect(openContainer(deflated(content.subarray(0, -1)))).toBeNull();
      expect(openContainer(deflated(Buffer.concat([content, Uint8Array.of(0)])))).toBeNull();
    }
    expect(openContainer(deflated(deflateRawSync(Uint8Array.of(1))))).toBeNull();
    expect(openContainer(deflated(random.bytes(100)))).toBeNull();
  });

  it('does not come to more than a few times what it has', () => {
    const fitting = deflateRawSync(listOf([...envelopes(5), new Uint8Array(10_000)]));
    expect(openContainer(deflated(fitting))?.sizeBytes).toBeGreaterThan(10_000);
    const bomb = deflateRawSync(listOf([new Uint8Array(CONTAINER_LIMITS.envelopesBytesMax)]));
    expect(bomb.length * CONTAINER_LIMITS.inflationMax).toBeLessThan(100_000);
    expect(openContainer(deflated(bomb))).toBeNull();
  });

  it('is opened or is none, whatever was changed in it', () => {
    const bytes = packContainer(envelopes(50));
    let opened = 0;
    for (let i = 0; i < 3000; i++) {
      const changed = bytes.slice();
      const [at, bit] = [random.below(bytes.length), random.below(8)];
      changed[at]! ^= 1 << bit;
      if (openContainer(changed) !== null) opened++;
    }
    expect(opened).toBeGreaterThan(100);
    expect(opened).toBeLessThan(2900);
  });
});
