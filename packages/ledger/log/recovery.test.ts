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

// Prime, so that the bytes that are tried fall on every field sooner or later.
const STEP = 7;
const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);

/** Storage of which a crash leaves whatever a disk may leave of what was not durable. */
class CrashingStorage extends MemoryStorage {
  #durable = 0;

  override get durableSize(): number {
    return this.#durable;
  }

  sync(): void {
    this.#durable = this.size;
  }

  /** What is found after a crash that changed the bytes from a position on. */
  crashed(change: (bytes: Uint8Array) => Uint8Array): MemoryStorage {
    const found = new CrashingStorage();
    found.append(change(this.read(0, this.size).slice()));
    found.sync();
    return found;
  }
}

function slots(seed: number, count: number) {
  return Array.from({ length: count }, (_, i) => ({
    address: crypto.sha256(Uint8Array.of(seed, i)),
    value: crypto.sha256(Uint8Array.of(i)),
  }));
}

function writeBlock(chain: TestChain, seed: number): void {
  const message = { slots: slots(seed, 3) };
  chain.block([ledger.serviceTransaction(ledger.provider, WriteSlots, message, chain.time)]);
}

interface Written {
  readonly storage: CrashingStorage;
  readonly chain: TestChain;
  /** Size of the log and app hash after each height, the genesis first. */
  readonly ends: number[];
  readonly roots: string[];
}

/** A chain of blocks that write, the last `unsynced` of them not durable. */
function written(blocks: number, unsynced: number): Written {
  const storage = new CrashingStorage();
  const chain = new TestChain(ledger, { retainedHeights: 4 }, storage);
  storage.sync();
  const ends = [storage.size];
  const roots = [toHex(chain.machine.appHash)];
  for (let i = 1; i <= blocks; i++) {
    writeBlock(chain, i);
    if (i <= blocks - unsynced) storage.sync();
    ends.push(storage.size);
    roots.push(toHex(chain.machine.appHash));
  }
  return { storage, chain, ends, roots };
}

function open(storage: MemoryStorage): StateMachine {
  const { genesis } = ledger;
  return StateMachine.open({ storage, crypto, genesis, retainedHeights: 4 });
}

const cutAt = (size: number) => (bytes: Uint8Array) => bytes.slice(0, size);
const flipAt = (position: number, bit: number) => (bytes: Uint8Array) => {
  bytes[position]! ^= 1 << bit;
  return bytes;
};

describe('a restart after a crash', () => {
  it('finds the last whole block wherever the log was cut', () => {
    const { storage, ends, roots } = written(3, 1);
    for (let size = ends[2]!; size < ends[3]!; size += STEP) {
      const found = storage.crashed(cutAt(size));
      const machine = open(found);
      expect([machine.height, toHex(machine.appHash)]).toEqual([2, roots[2]]);
      expect(found.size).toBe(ends[2]);
    }
  });

  it('finds the last whole block whichever byte of the torn one is wrong', () => {
    const { storage, ends, roots } = written(3, 1);
    for (let position = ends[2]!; position < ends[3]!; position += STEP) {
      const machine = open(storage.crashed(flipAt(position, position % 8)));
      expect([machine.height, toHex(machine.appHash)]).toEqual([2, roots[2]]);
    }
  });

  it('keeps every block that was durable, when several were on their way to the disk', () => {
    const { storage, ends, roots } = written(8, 4);
    const random = seededRandom(5);
    for (let run = 0; run < 300; run++) {
      const found = storage.crashed((bytes) => {
        // Each sector of what was not durable is new, missing or garbage.
        for (let at = ends[4]!; at < bytes.length; at += 512) {
          const sector = bytes.subarray(at, at + 512);
          const fate = random.below(8);
          if (fate === 0) sector.fill(0);
          if (fate === 1) sector.set(random.bytes(sector.length));
        }
        return bytes.slice(0, ends[4]! + random.below(bytes.length - ends[4]! + 1));
      });
      const machine = open(found);
      expect(machine.height).toBeGreaterThanOrEqual(4);
      expect(toHex(machine.appHash)).toBe(roots[machine.height]);
      expect(found.size).toBe(ends[machine.height]);
    }
  });

  it('goes on as if nothing had happened', () => {
    const { storage, chain, ends } = written(3, 1);
    const found = storage.crashed(cutAt(ends[3]! - 1));
    const restarted = new TestChain(ledger, {}, found);
    const message = { slots: slots(3, 3) };
    const fresh = ledger.serviceTransaction(ledger.provider, WriteSlots, message, chain.time);
    expect(restarted.verdicts(fresh)).toEqual(['applied']);
    restarted.restart();
    expect(restarted.machine.height).toBe(3);
  });

  it('begins anew where not even the genesis was written whole', () => {
    const { storage, ends, roots } = written(0, 0);
    for (let size = 0; size < ends[0]!; size += 7) {
      const machine = open(storage.crashed(cutAt(size)));
      expect([machine.height, toHex(machine.appHash)]).toEqual([0, roots[0]]);
    }
  });
});

describe('damage to what was durable', () => {
  it('is refused at the start wherever it meets a block that must be replayed', () => {
    const { storage, ends } = written(6, 0);
    for (let position = 0; position < ends[5]!; position += 5 * STEP) {
      const damaged = storage.crashed(flipAt(position, position % 8));
      const code = codeOf(() => open(damaged));
      expect(['LOG_CORRUPT', 'LOG_VERSION'], `byte ${position}`).toContain(code);
      expect(damaged.size).toBe(ends[6]);
    }
  });

  it('is refused when it hits a whole block and its header', () => {
    const { storage, ends } = written(6, 0);
    const zeroed = storage.crashed((bytes) => bytes.fill(0, ends[2], ends[3]));
    expect(codeOf(() => open(zeroed))).toBe('LOG_CORRUPT');
  });

  it('is refused when a value or a block behind a checkpoint is read', () => {
    const { storage, chain, ends } = written(1, 0);
    // Later than ids are remembered: a restart has no reason to read the first block.
    chain.time += 300;
    for (let i = 2; i < 8; i++) writeBlock(chain, i);
    chain.machine.checkpoint();
    storage.sync();
    let refusedValues = 0;
    for (let position = ends[0]! + 64; position < ends[1]!; position += STEP) {
      const machine = open(storage.crashed(flipAt(position, 0)));
      expect(codeOf(() => machine.block(1))).toBe('LOG_CORRUPT');
      const code = codeOf(() => [...machine.entries()]);
      expect([undefined, 'LOG_CORRUPT']).toContain(code);
      if (code !== undefined) refusedValues++;
    }
    expect(refusedValues).toBeGreaterThan(20);
  });

  it('is told from the log of another network', () => {
    const { storage, chain } = written(2, 0);
    const other = new TestLedger(crypto, [['payer']]);
    const openOther = (found: MemoryStorage) =>
      codeOf(() => StateMachine.open({ storage: found, crypto, genesis: other.genesis }));
    expect(openOther(storage)).toBe('LOG_FOREIGN');
    chain.machine.checkpoint();
    expect(openOther(storage)).toBe('LOG_FOREIGN');
  });

  it('is told from a log of a later format', () => {
    const { storage } = written(2, 0);
    const later = storage.crashed((bytes) => {
      const check = crypto.sha256(bytes.fill(2, 0, 1).slice(0, 56));
      bytes.set(check.subarray(0, 8), 56);
      return bytes;
    });
    expect(codeOf(() => open(later))).toBe('LOG_VERSION');
  });
});
