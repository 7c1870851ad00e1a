import {
  type BenchOptions,
  type BenchRow,
  boundedRow,
  comparedRow,
  plainRow,
} from './bench-row.ts';
import { verifyRate } from './load/verify-rate.ts';
import { floodRows } from './network/flood.ts';
import { idleRows } from './network/idle.ts';
import { type KvstoreLoad, measureKvstore } from './network/kvstore-bench.ts';
import { memoryRows } from './network/memory.ts';
import { NetworkBench, type NetworkLoad } from './network/network-bench.ts';

const VALIDATORS = 4;
const METRIC = `network.${VALIDATORS}`;
const PER_SECOND_MIN = 4500;
const RATIO_MIN = 0.9;
/** Part of what the network can take, and of what it has to, at which latency is measured. */
const LATENCY_LOAD = 0.9;
const P95_MS_MAX = { all: 1000, oneDead: 2500 };
const MESSAGES = 100;
const OPERATIONS_MIN = 15_000;

/** What a quick run signs and has on its way. */
const QUICK_SIZE = { expected: 2000, window: 2048 };

/**
 * Four validators on this machine, each a process with its CometBFT, and one that sends: signed
 * transactions of one slot each, verified by every node, executed, proved, synced, answered. The
 * baseline is CometBFT's own application, which checks no signature, on as many nodes.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const seconds = options.full ? 20 : options.quick ? 4 : 10;
  const before = await measureKvstore(VALIDATORS, seconds);
  const bench = await NetworkBench.start(VALIDATORS);
  const idle = await idleRows(bench, options);
  await bench.warmUp();
  const size = options.quick ? QUICK_SIZE : {};
  const full = { seconds, messages: 1, perSecond: null, ...size };
  // Full blocks are compiled while the first ones run.
  await bench.load(full);
  const load = await bench.load(full);
  const all = { metric: METRIC, atMost: P95_MS_MAX.all };
  const latencies = await latencyRows(bench, { ...all, seconds, mostPerSecond: load.perSecond });
  const verifyUs = (await verifyRate()).us;
  const operations = await operationsRows(bench, seconds);
  bench.killOne();
  const oneDead = { metric: `${METRIC}.one-dead`, atMost: P95_MS_MAX.oneDead };
  const fewer = await latencyRows(bench, { ...oneDead, seconds, mostPerSecond: load.perSecond });
  await bench.stop();
  // Such a machine is faster while it has not been busy for long: the baseline has both.
  const kvstore = [before, await measureKvstore(VALIDATORS, seconds)];
  const rows = [
    ...throughputRows(load, kvstore, verifyUs),
    ...[...operations, ...latencies, ...fewer, ...idle],
  ];
  rows.push(...(await floodRows(VALIDATORS, seconds)));
  if (!options.quick) rows.push(...(await memoryRows(VALIDATORS, options)));
  return rows;
}

/** @param kvstore Before and behind the load. */
function throughputRows(
  load: NetworkLoad,
  kvstore: readonly KvstoreLoad[],
  verifyUs: number,
): BenchRow[] {
  const { perSecond: value, mainUs, workersUs, engineUs, clientUs } = load;
  const cpuUs = mainUs + workersUs + engineUs + clientUs;
  const unit = 'transactions/s';
  const mean = (read: (one: KvstoreLoad) => number) =>
    kvstore.reduce((sum, one) => sum + read(one), 0) / kvstore.length;
  const kvstoreUs = mean((one) => one.engineUs + one.clientUs);
  return [
    comparedRow({
      ...{ metric: METRIC, value, unit, target: RATIO_MIN },
      baseline: mean(({ perSecond }) => perSecond),
    }),
    boundedRow({ metric: `${METRIC}.alone`, value, unit }, { atLeast: PER_SECOND_MIN }),
    plainRow(`${METRIC}.cpu-ratio`, kvstoreUs / cpuUs, 'x'),
    plainRow(`${METRIC}.main-threads`, mainUs, 'us each'),
    plainRow(`${METRIC}.workers`, workersUs, 'us each'),
    plainRow(`${METRIC}.engines`, engineUs, 'us each'),
    plainRow(`${METRIC}.client`, clientUs, 'us each'),
    plainRow(`${METRIC}.verify`, verifyUs, 'us each'),
    plainRow(`${METRIC}.kvstore`, kvstoreUs, 'us each'),
    plainRow(`${METRIC}.kvstore-before`, kvstore[0]!.perSecond, unit),
    plainRow(`${METRIC}.kvstore-behind`, kvstore.at(-1)!.perSecond, unit),
    plainRow(`${METRIC}.blocks`, load.blocksPerSecond, 'a second'),
    plainRow(`${METRIC}.full-load-p95`, load.p95Ms, 'ms'),
    plainRow(`${METRIC}.sent`, load.total, 'transactions'),
  ];
}

async function operationsRows(bench: NetworkBench, seconds: number): Promise<BenchRow[]> {
  const load = await bench.load({ seconds, messages: MESSAGES, perSecond: null });
  const value = load.perSecond * MESSAGES;
  const { mainUs, workersUs, engineUs } = load;
  return [
    boundedRow(
      { metric: 'network.operations', value, unit: 'operations/s' },
      { atLeast: OPERATIONS_MIN },
    ),
    plainRow('network.operations.cpu', (mainUs + workersUs + engineUs) / MESSAGES, 'us each'),
  ];
}

/** At nine tenths of what the network took, and of what it has to take. */
async function latencyRows(
  bench: NetworkBench,
  options: {
    readonly metric: string;
    readonly atMost: number;
    readonly seconds: number;
    readonly mostPerSecond: number;
  },
): Promise<BenchRow[]> {
  const { metric, atMost, seconds, mostPerSecond } = options;
  const at = (perSecond: number) => bench.load({ seconds, messages: 1, perSecond });
  const offered = mostPerSecond * LATENCY_LOAD;
  const most = await at(offered);
  const wanted = await at(Math.min(mostPerSecond, PER_SECOND_MIN) * LATENCY_LOAD);
  const unit = 'ms';
  return [
    boundedRow({ metric: `${metric}.p95`, value: most.p95Ms, unit }, { atMost }),
    plainRow(`${metric}.p50`, most.p50Ms, unit),
    plainRow(`${metric}.offered`, offered, 'transactions/s'),
    boundedRow({ metric: `${metric}.wanted-p95`, value: wanted.p95Ms, unit }, { atMost }),
    plainRow(`${metric}.wanted-p50`, wanted.p50Ms, unit),
  ];
}
