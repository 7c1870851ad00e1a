import { WriteSlots } from '@ward/ledger/schema';
import { type Crypto, compareBytes, headerHash, MS_PER_SECOND } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import {
  CometbftStage,
  freeAddresses,
  ledgerOfNow,
  reached,
  type StagedNode,
} from '@ward/testkit/cometbft-stage';
import { type BenchOptions, type BenchRow, boundedRow, plainRow } from './bench-row.ts';

const VALIDATORS = 4;
const SLOTS_PER_TRANSACTION = 500;
const SUBMITTED_AT_ONCE = 8;
const SECONDS_MAX = 60;
const TRUST_SECONDS = 86_400;

/**
 * A fifth node joins four validators by state sync, from its start to its first own header; beside
 * it the same node by block sync, which executes every block. All nodes share this one process.
 */
export async function run({ quick }: BenchOptions): Promise<BenchRow[]> {
  const crypto = await loadCrypto();
  const keys = quick ? 100_000 : 1_000_000;
  const name = quick ? '100k' : '1m';
  const stage = new CometbftStage(ledgerOfNow(crypto, VALIDATORS), 2);
  try {
    const doors = await freeAddresses(VALIDATORS);
    const started = doors.map((lightAddress, i) => stage.start(i, { lightAddress }));
    const nodes = await Promise.all(started);
    await fill(stage, nodes[0]!, keys, crypto);
    return await measure(stage, nodes, { doors, name, crypto });
  } finally {
    await stage.close();
  }
}

/** Slots of 32 bytes, a few hundred in each transaction. */
async function fill(
  { ledger }: CometbftStage,
  node: StagedNode,
  keys: number,
  crypto: Crypto,
): Promise<void> {
  let made = 0;
  const submitOne = async () => {
    while (made < keys) {
      const first = made;
      made += SLOTS_PER_TRANSACTION;
      const slots = Array.from({ length: SLOTS_PER_TRANSACTION }, (_, i) => {
        const address = crypto.sha256(Buffer.from(`slot ${first + i}`));
        return { address, value: address };
      }).sort((a, b) => compareBytes(a.address, b.address));
      const now = node.engine.newest!.header.time.seconds;
      const { envelope } = ledger.serviceTransaction(ledger.provider, WriteSlots, { slots }, now);
      await node.queries.submit(envelope);
    }
  };
  await Promise.all(Array.from({ length: SUBMITTED_AT_ONCE }, submitOne));
}

interface Measured {
  readonly doors: readonly string[];
  readonly name: string;
  readonly crypto: Crypto;
}

async function measure(
  stage: CometbftStage,
  nodes: readonly StagedNode[],
  { doors, name, crypto }: Measured,
): Promise<BenchRow[]> {
  const [first] = nodes as [StagedNode];
  const madeMs = performance.now();
  const height = (await first.engine.makeSnapshot())!;
  const makingSeconds = (performance.now() - madeMs) / MS_PER_SECOND;
  await reached(first, height + 3);
  const [listed] = first.snapshots.list();
  const servers = doors.map((address) => `http://${address}`);
  const hash = headerHash(first.queries.lightBlock(1).header, crypto);
  const stateSync = { height: 1, hash, trustSeconds: TRUST_SECONDS, servers };
  const joiningMs = performance.now();
  const joined = await stage.start(VALIDATORS, { stateSync });
  const value = (performance.now() - joiningMs) / MS_PER_SECOND;
  if (joined.machine.oldestBlock !== height + 1) throw new Error('it did not join by a snapshot');
  await joined.stop();
  const followingMs = performance.now();
  const follower = await stage.start(VALIDATORS + 1);
  await reached(follower, height);
  const baseline = (performance.now() - followingMs) / MS_PER_SECOND;
  const unit = 's';
  const row = boundedRow({ metric: `statesync.${name}`, value, unit }, { atMost: SECONDS_MAX });
  return [
    { ...row, baseline, ratio: baseline / value },
    plainRow(`statesync.${name}-making`, makingSeconds, unit),
    plainRow(`statesync.${name}-chunks`, listed!.chunks, 'chunks'),
  ];
}
