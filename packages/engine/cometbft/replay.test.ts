import { StateMachine } from '@ward/ledger';
import { WriteSlots } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { seededRandom } from '@ward/testkit/seeded-random';
import { TEST_TIME, TestLedger } from '@ward/testkit/test-ledger';
import { describe, expect, it } from 'vitest';
import { InlineIngress } from '../embedded/ingress/inline-ingress.ts';
import { VolatileStorage } from '../storage/durable-storage.ts';
import type { RequestOf } from './abci-messages.ts';
import type { AbciApplication } from './abci-server.ts';
import { createApplication } from './application.ts';
import { packContainer } from './container.ts';
import { ContainerPool } from './container-pool.ts';
import { Verifier } from './verifier.ts';

const crypto = await loadCrypto();
const ledger = new TestLedger(crypto);
const { genesis } = ledger;
const NOTHING = {} as never;

/** Blocks of several containers, with slots that two want and transactions that come twice. */
function blocksOf(count: number): RequestOf<'finalizeBlock'>[] {
  const random = seededRandom(9);
  const made: Uint8Array[] = [];
  return Array.from({ length: count }, (_, i) => {
    const containers = Array.from({ length: random.below(3) }, () => {
      const envelopes = Array.from({ length: 1 + random.below(4) }, () => {
        const again = random.below(6) === 0 ? made[random.below(made.length + 1)] : undefined;
        const address = crypto.sha256(Uint8Array.of(random.below(60)));
        const slots = [{ address, value: address }];
        const own = ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, TEST_TIME);
        made.push(own.envelope);
        return again ?? own.envelope;
      });
      return random.below(8) === 0 ? random.bytes(20) : packContainer(envelopes);
    });
    return {
      ...{ containers, hash: crypto.sha256(Uint8Array.of(i)), height: BigInt(i + 1) },
      time: { seconds: BigInt(TEST_TIME + i), nanos: 0 },
      ...{ lastCommit: undefined, misbehavior: [] },
      ...{ nextValidatorsHash: new Uint8Array(0), proposer: new Uint8Array(0) },
    };
  });
}

interface Opened {
  readonly application: AbciApplication;
  readonly machine: StateMachine;
}

function open(storage: VolatileStorage): Opened {
  const machine = StateMachine.open({ storage, crypto, genesis });
  const application = createApplication({
    ...{ genesis, machine, storage, crypto },
    pool: new ContainerPool(crypto),
    verifier: new Verifier(new InlineIngress(crypto), crypto),
    onCommitted() {},
    nowMs: () => 0,
  });
  return { application, machine };
}

/** What CometBFT would compare: app hash and results of each height. */
type Chain = Map<bigint, string>;

async function execute(
  { application }: Opened,
  block: RequestOf<'finalizeBlock'>,
  chain: Chain,
): Promise<void> {
  const { appHash, results } = await application.finalizeBlock(block);
  const told = [appHash!, ...results!.map(({ data }) => data)].map(toHex).join();
  const before = chain.get(block.height);
  if (before !== undefined) expect(told).toBe(before);
  chain.set(block.height, told);
}

/** Sends what the application does not have, as CometBFT does at every start. */
async function catchUp(
  opened: Opened,
  blocks: readonly RequestOf<'finalizeBlock'>[],
  chain: Chain,
): Promise<void> {
  const info = { version: '', abciVersion: '2.0.0' };
  const { lastHeight = 0n } = await opened.application.info(info);
  for (const block of blocks.slice(Number(lastHeight))) {
    await execute(opened, block, chain);
    await opened.application.commit(NOTHING);
  }
}

describe('an application that dies', () => {
  const blocks = blocksOf(24);

  it('has the chain that it would have had, whatever call it dies behind', async () => {
    const straight: Chain = new Map();
    const whole = open(new VolatileStorage());
    await catchUp(whole, blocks, straight);
    expect(new Set(straight.values()).size).toBeGreaterThan(10);

    const steps = ['proposed', 'executed', 'executed twice', 'committed'] as const;
    for (const step of steps) {
      const storage = new VolatileStorage();
      const chain: Chain = new Map(straight);
      for (let known = 1; known <= blocks.length; known++) {
        const opened = open(storage);
        await catchUp(opened, blocks.slice(0, known - 1), chain);
        const block = blocks[known - 1]!;
        await opened.application.processProposal(block);
        if (step === 'proposed') continue;
        await execute(opened, block, chain);
        if (step === 'executed twice') await execute(opened, block, chain);
        if (step === 'committed') await opened.application.commit(NOTHING);
      }
      const last = open(storage);
      await catchUp(last, blocks, chain);
      expect(toHex(last.machine.appHash)).toBe(toHex(whole.machine.appHash));
      expect(last.machine.height).toBe(blocks.length);
    }
  });

  it('has executed nothing of a block that another one replaced', async () => {
    const [one, other] = [open(new VolatileStorage()), open(new VolatileStorage())];
    const expected: Chain = new Map();
    await catchUp(one, blocks, expected);
    const random = seededRandom(4);
    for (const block of blocks) {
      // Rounds that failed: other blocks of the same height are looked at and executed before.
      for (let round = random.below(3); round > 0; round--) {
        const { containers } = blocks[random.below(blocks.length)]!;
        await other.application.processProposal({ ...block, containers });
        await other.application.finalizeBlock({ ...block, containers });
      }
      await execute(other, block, expected);
      await other.application.commit(NOTHING);
    }
    expect(toHex(other.machine.appHash)).toBe(toHex(one.machine.appHash));
  });
});

/** What the pool has to be, written plainly. */
class NaivePool {
  readonly open: Uint8Array[] = [];
  readonly committed: Uint8Array[] = [];

  insert(container: Uint8Array): void {
    if (![...this.open, ...this.committed].some((one) => same(one, container))) {
      this.open.push(container);
    }
  }

  commit(containers: readonly Uint8Array[]): void {
    for (const container of containers) {
      const at = this.open.findIndex((one) => same(one, container));
      if (at >= 0) this.open.splice(at, 1);
      this.committed.push(container);
    }
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

describe('the pool of containers, held against a plain second writing', () => {
  it.each([1, 2, 3, 4])('has the same containers in the same order, seed %i', (seed) => {
    const random = seededRandom(seed);
    const pool = new ContainerPool(crypto);
    const naive = new NaivePool();
    const known = Array.from({ length: 40 }, (_, i) => packContainer([Uint8Array.of(seed, i)]));
    const some = (max: number) =>
      Array.from({ length: random.below(max) }, () => known[random.below(known.length)]!);
    for (let step = 0; step < 400; step++) {
      if (random.below(3) > 0) {
        for (const container of some(4)) {
          pool.insert({ bytes: container, sizeBytes: 1, author: '' }, TEST_TIME);
          const next = pool.takeUnverified(1024);
          if (next !== undefined) pool.judge(next, true);
          naive.insert(container);
        }
      } else {
        const taken = some(3);
        pool.commit(taken);
        naive.commit(taken);
      }
      expect([...pool.containers()].map(({ bytes }) => bytes)).toEqual(naive.open);
    }
    expect(naive.committed.length).toBeGreaterThan(20);
  });
});
