import { WriteSlots } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { codeOf } from '@ward/testkit/refusals';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TestChain } from '@ward/testkit/test-chain';
import { TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { MemoryStorage } from '../memory-storage.ts';
import { StateMachine } from '../state-machine.ts';

// What recovery.test.ts tries at some places, at all of them.

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const BLOCKS = 6;

/** Storage that says of itself how much is durable. */
class PartlyDurable extends MemoryStorage {
  durable = 0;

  override get durableSize(): number {
    return this.durable;
  }
}

interface Written {
  readonly bytes: Uint8Array;
  /** End of the log and app hash after each height. */
  readonly ends: readonly number[];
  readonly roots: readonly string[];
}

/** A log of which the last blocks were not durable. */
function write(unsynced: number, checkpointAt: number): Written {
  const storage = new PartlyDurable();
  const chain = new TestChain(ledger, { retainedHeights: 3 }, storage);
  storage.durable = storage.size;
  const ends = [storage.size];
  const roots = [toHex(chain.machine.appHash)];
  for (let height = 1; height <= BLOCKS; height++) {
    const slots = [0, 1].map((n) => {
      const bytes = crypto.sha256(Uint8Array.of(height, n));
      return { address: bytes, value: bytes };
    });
    const { provider } = ledger;
    chain.block([ledger.serviceTransaction(provider, WriteSlots, { slots }, chain.time)]);
    if (height <= BLOCKS - unsynced) storage.durable = storage.size;
    ends.push(storage.size);
    roots.push(toHex(chain.machine.appHash));
    if (height === checkpointAt) chain.machine.checkpoint();
  }
  return { bytes: storage.read(0, storage.size).slice(), ends, roots };
}

function open(bytes: Uint8Array): StateMachine {
  const storage = new MemoryStorage();
  storage.append(bytes);
  return StateMachine.open({ storage, crypto, genesis: ledger.genesis, retainedHeights: 3 });
}

describe('a log that was damaged anywhere', () => {
  it('is refused, or opens at a height and root that it had', () => {
    for (const checkpointAt of [0, 3, BLOCKS]) {
      const { bytes, roots, ends } = write(1, checkpointAt);
      const durable = ends[BLOCKS - 1]!;
      // Every byte of one log, every third of the others.
      const step = checkpointAt === 3 ? 1 : 3;
      for (let position = 0; position < bytes.length; position += step) {
        const damaged = bytes.slice();
        damaged[position]! ^= 1 << (position % 8);
        let height = -1;
        const code = codeOf(() => {
          const machine = open(damaged);
          ({ height } = machine);
          expect(toHex(machine.appHash)).toBe(roots[height]);
        });
        if (code === undefined) expect(height).toBeGreaterThanOrEqual(BLOCKS - 1);
        else expect(['LOG_CORRUPT', 'LOG_VERSION']).toContain(code);
        if (position >= durable) expect(code).toBeUndefined();
      }
    }
  });

  it('opens wherever what was not durable was cut', () => {
    const { bytes, roots, ends } = write(3, 2);
    for (let size = ends[BLOCKS - 3]!; size <= bytes.length; size++) {
      const machine = open(bytes.slice(0, size));
      expect(toHex(machine.appHash)).toBe(roots[machine.height]);
      const next = ends[machine.height + 1];
      if (next !== undefined) expect(size).toBeLessThan(next);
    }
  });

  it('never gives a state of its own making for garbage of any form', () => {
    const random = seededRandom(11);
    const { bytes, roots } = write(2, 3);
    for (let run = 0; run < 5000; run++) {
      const damaged = bytes.slice();
      for (let edits = 1 + random.below(4); edits > 0; edits--) {
        const at = random.below(damaged.length);
        const length = random.below(600);
        const fill = random.below(3);
        if (fill === 0) damaged.fill(0, at, at + length);
        if (fill === 1) damaged.set(random.bytes(Math.min(length, damaged.length - at)), at);
        if (fill === 2) damaged.copyWithin(at, random.below(damaged.length), length);
      }
      const code = codeOf(() => {
        const machine = open(
          damaged.slice(0, damaged.length - random.below(3) * random.below(900)),
        );
        expect(toHex(machine.appHash)).toBe(roots[machine.height]);
      });
      expect([undefined, 'LOG_CORRUPT', 'LOG_VERSION', 'LOG_INCOMPLETE']).toContain(code);
    }
  });
});
