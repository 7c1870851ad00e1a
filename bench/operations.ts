import { type BenchOptions, type BenchRow, boundedRow, plainRow } from './bench-row.ts';
import { LoadBench } from './load/load-bench.ts';

const KEYS = 100_000;
const MESSAGES = 100;
const PER_SECOND_MIN = 80_000;

/** As `embedded`, with a hundred messages under one signature: operations, not transactions. */
export async function run({ full, quick }: BenchOptions): Promise<BenchRow[]> {
  const seconds = full ? 15 : quick ? 3 : 8;
  const bench = await LoadBench.start({ keys: KEYS });
  const load = await bench.load({ seconds, messages: MESSAGES, perSecond: null });
  await bench.stop();
  const metric = `operations.${MESSAGES}`;
  const value = load.perSecond * MESSAGES;
  return [
    boundedRow({ metric, value, unit: 'operations/s' }, { atLeast: PER_SECOND_MIN }),
    plainRow(`${metric}.main-thread`, load.mainUs / MESSAGES, 'us each'),
    plainRow(`${metric}.workers`, load.othersUs / MESSAGES, 'us each'),
    plainRow(`${metric}.client`, load.clientUs / MESSAGES, 'us each'),
    plainRow(`${metric}.verify-rate`, load.verifyPerSecond, 'signatures/s'),
    plainRow(`${metric}.verify`, load.verifyUs, 'us each'),
  ];
}
