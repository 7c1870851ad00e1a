import { type BenchOptions, type BenchRow, comparedRow, plainRow } from './bench-row.ts';
import { verifyRate } from './load/verify-rate.ts';
import { KvstoreBench } from './network/kvstore-bench.ts';
import { NetworkBench } from './network/network-bench.ts';

const VALIDATORS = 4;

export async function run({ full, quick }: BenchOptions): Promise<BenchRow[]> {
  const seconds = full ? 20 : quick ? 6 : 12;
  const kvstore = await measureKvstore(seconds);
  const verify = await verifyRate();
  const bench = await NetworkBench.start(VALIDATORS);
  await bench.load({ seconds: 1, messages: 1, perSecond: null, expected: 2000 });
  const load = await bench.load({ seconds, messages: 1, perSecond: null });
  await bench.stop();
  const metric = `network.${VALIDATORS}`;
  return [
    comparedRow({
      ...{ metric, value: load.perSecond, unit: 'transactions/s', target: 0.9 },
      baseline: kvstore.perSecond,
    }),
    plainRow(`${metric}.main-threads`, load.mainUs, 'us each'),
    plainRow(`${metric}.workers`, load.workersUs, 'us each'),
    plainRow(`${metric}.engines`, load.engineUs, 'us each'),
    plainRow(`${metric}.client`, load.clientUs, 'us each'),
    plainRow(`${metric}.blocks`, load.blocksPerSecond, 'a second'),
    plainRow(`${metric}.p95`, load.p95Ms, 'ms'),
    plainRow(`${metric}.total`, load.total, ''),
    plainRow(`${metric}.verify`, verify.us, 'us each'),
    plainRow(`${metric}.kvstore-engines`, kvstore.engineUs, 'us each'),
    plainRow(`${metric}.kvstore-client`, kvstore.clientUs, 'us each'),
  ];
}

async function measureKvstore(seconds: number) {
  const bench = await KvstoreBench.start(VALIDATORS);
  const load = await bench.load(seconds);
  await bench.stop();
  return load;
}
