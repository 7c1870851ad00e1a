import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { PowerLost, SimulatedDisk } from '@ward/testkit/simulated-disk';
import { describe, expect, it } from 'vitest';
import { FileSigningGuard } from './signing-guard.ts';

const PATH = '/ward/validator-state';
const newDisk = () => new SimulatedDisk({ random: seededRandom(1) });
const block = (height: number) => ({ height, hash: new Uint8Array(32).fill(height) });

describe('the signing guard', () => {
  it('knows nothing at first, and afterwards the last block', async () => {
    const disk = newDisk();
    const guard = new FileSigningGuard(PATH, disk);
    expect(guard.last).toBeUndefined();
    for (let height = 1; height <= 5; height++) {
      await guard.record(block(height));
      expect(guard.last).toEqual(block(height));
      expect(new FileSigningGuard(PATH, disk).last).toEqual(block(height));
    }
    guard.close();
  });

  it('goes on in the slot that is not the last after it is opened again', async () => {
    const disk = newDisk();
    for (let height = 1; height <= 6; height++) {
      await new FileSigningGuard(PATH, disk).record(block(height));
    }
    expect(new FileSigningGuard(PATH, disk).last).toEqual(block(6));
    const file = disk.load(PATH)!;
    file.fill(0, 512);
    disk.replace(PATH, file);
    expect(new FileSigningGuard(PATH, disk).last).toEqual(block(5));
  });

  it('has the last recorded block or the one being written, whenever the power goes', async () => {
    for (let operation = 1; operation <= 12; operation++) {
      for (let seed = 0; seed < 10; seed++) {
        const disk = new SimulatedDisk({ random: seededRandom(seed), powerLostAt: operation });
        let recorded = 0;
        try {
          const guard = new FileSigningGuard(PATH, disk);
          for (let height = 1; height < 6; height++) {
            await guard.record(block(height));
            recorded = height;
          }
        } catch (error) {
          const { cause = error } = error as { cause?: unknown };
          if (!(cause instanceof PowerLost)) throw error;
        }
        const { last } = new FileSigningGuard(PATH, disk.afterPowerLoss());
        expect([recorded, recorded + 1]).toContain(last?.height ?? 0);
        if (last !== undefined) expect(last).toEqual(block(last.height));
      }
    }
  });

  it('refuses a file in which neither slot can be read', async () => {
    const disk = newDisk();
    const guard = new FileSigningGuard(PATH, disk);
    await guard.record(block(1));
    await guard.record(block(2));
    const file = disk.load(PATH)!;
    for (const at of [10, 520]) file[at]! ^= 1;
    disk.replace(PATH, file);
    expect(codeOf(() => new FileSigningGuard(PATH, disk))).toBe('SIGNING_STATE_INVALID');
  });
});
