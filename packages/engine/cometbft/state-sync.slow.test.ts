import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WriteSlots } from '@ward/ledger/schema';
import { compareBytes, headerHash, toHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import {
  CometbftStage,
  freeAddresses,
  isWithoutCometbft,
  ledgerOfNow,
  reached,
  type StagedNode,
} from '@ward/testkit/cometbft-stage';
import { afterEach, describe, expect, it } from 'vitest';
import { CAREFUL_BLOCKS } from './engine-process.ts';

const crypto = await loadCrypto();
const VALIDATORS = 4;
const DAY_SECONDS = 86_400;
const stages: CometbftStage[] = [];

afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close();
});

let made = 0;
/** A transaction that writes some slots of its own. */
function write({ ledger }: CometbftStage, { engine }: StagedNode, count = 200): Uint8Array {
  const slots = Array.from({ length: count }, () => {
    const address = crypto.sha256(Buffer.from(`state sync ${made++}`));
    return { address, value: address };
  }).sort((a, b) => compareBytes(a.address, b.address));
  const now = engine.newest!.header.time.seconds;
  return ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, now).envelope;
}

describe.skipIf(isWithoutCometbft)('a fifth node of four validators', () => {
  it('begins with a snapshot, follows with the same state, also behind a restart', async () => {
    const stage = new CometbftStage(ledgerOfNow(crypto, VALIDATORS), 1);
    stages.push(stage);
    const doors = await freeAddresses(VALIDATORS);
    const nodes = await Promise.all(
      doors.map((lightAddress, index) => stage.start(index, { lightAddress })),
    );
    const [first] = nodes;
    for (let i = 0; i < 10; i++) {
      const sent = Array.from({ length: 10 }, () => first!.queries.submit(write(stage, first!)));
      for (const { result } of await Promise.all(sent)) expect(result.code).toBe(0);
    }
    const height = await first!.engine.makeSnapshot();
    await reached(first!, height! + 3);
    const trusted = first!.queries.lightBlock(1);
    const follower = await stage.start(VALIDATORS, {
      stateSync: {
        height: 1,
        hash: headerHash(trusted.header, crypto),
        trustSeconds: DAY_SECONDS,
        servers: doors.map((address) => `http://${address}`),
      },
    });
    expect(follower.machine.oldestBlock).toBe(height! + 1);
    expect(follower.machine.snapshots.joined?.height).toBe(height);
    const receipt = await follower.queries.submit(write(stage, follower));
    expect(receipt.result.code).toBe(0);
    const after = receipt.next.header.height;
    await Promise.all([...nodes, follower].map((node) => reached(node, after)));
    const hashAt = (node: StagedNode) => toHex(node.queries.lightBlock(after).header.appHash);
    expect(hashAt(follower)).toBe(hashAt(first!));
    expect(follower.machine.stats().keys).toBe(first!.machine.stats().keys);

    await follower.stop();
    const again = await stage.start(VALIDATORS);
    await reached(again, after + 3);
    expect(again.machine.oldestBlock).toBe(height! + 1);
    expect(toHex(again.queries.lightBlock(after + 3).header.appHash)).toBe(
      toHex(first!.queries.lightBlock(after + 3).header.appHash),
    );
  });
});

describe.skipIf(isWithoutCometbft)('a node that begins with a snapshot under a known key', () => {
  it('votes for nothing while the key votes elsewhere, and then in its place', async () => {
    const ledger = ledgerOfNow(crypto, VALIDATORS);
    const stage = new CometbftStage(ledger, 1);
    stages.push(stage);
    const doors = await freeAddresses(VALIDATORS);
    const nodes = await Promise.all(
      doors.map((lightAddress, index) => stage.start(index, { lightAddress })),
    );
    const [first] = nodes;
    const last = nodes.at(-1)!;
    await reached(first!, 2);
    const height = await first!.engine.makeSnapshot();
    await reached(first!, height! + 3);
    const copy = await stage.start(VALIDATORS, {
      validatorSeed: ledger.validatorSeeds.at(-1)!,
      stateSync: {
        height: 1,
        hash: headerHash(first!.queries.lightBlock(1).header, crypto),
        trustSeconds: DAY_SECONDS,
        servers: doors.map((address) => `http://${address}`),
      },
    });
    const path = join(copy.home, 'cometbft/data/priv_validator_state.json');
    const voted = () => Number(JSON.parse(readFileSync(path, 'utf8')).height);
    await reached(copy, copy.machine.height + CAREFUL_BLOCKS + 5);
    expect([voted(), copy.engineRestarts()]).toEqual([0, 0]);
    const stoppedAt = last.machine.height;
    await last.stop();
    await until(() => voted() > 0);
    expect(voted()).toBeGreaterThan(stoppedAt + CAREFUL_BLOCKS);
    await reached(copy, voted() + 2);
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 100));
}
