import { type BenchRow, boundedRow, plainRow } from '../bench-row.ts';
import { NetworkBench, sleep } from './network-bench.ts';

/** What the others send while one floods. */
const PER_SECOND = 50;
const HONEST = 1;
const HOSTILE = 2;
/** More than will be taken: it never runs out of signed transactions. */
const FLOOD_PER_SECOND = 5000;
const FLOOD_WINDOW = 8192;
const FLOOD_SECONDS = 3600;
const P95_FACTOR_MAX = 2;

/**
 * One organisation sends all it can through its own node; another one sends a little through the
 * other nodes. What the flood does to its latency, against the same without it.
 */
export async function floodRows(validators: number, seconds: number): Promise<BenchRow[]> {
  const bench = await NetworkBench.start(validators);
  await bench.warmUp();
  const [own, ...others] = bench.paths;
  const honest = async () => {
    const count = PER_SECOND * (seconds + 60);
    const client = await bench.client({ messages: 1, member: HONEST, count, paths: others });
    const result = await client.load({ seconds, window: 4096, perSecond: PER_SECOND });
    client.stop();
    return result;
  };
  const before = await honest();
  const flood = await bench.client({
    ...{ messages: 1, member: HOSTILE, paths: [own!, own!] },
    count: FLOOD_PER_SECOND * seconds,
  });
  const flooding = flood
    .load({ seconds: FLOOD_SECONDS, window: FLOOD_WINDOW, perSecond: null })
    .catch(() => undefined);
  await sleep(2);
  const during = await honest();
  flood.kill();
  await flooding;
  await bench.abandon();
  return [
    boundedRow(
      { metric: 'network.flood', value: during.p95Ms / before.p95Ms, unit: 'x p95 of the others' },
      { atMost: P95_FACTOR_MAX },
    ),
    plainRow('network.flood.p95', during.p95Ms, 'ms'),
    plainRow('network.flood.p95-before', before.p95Ms, 'ms'),
    plainRow('network.flood.refused', during.refused, 'transactions of the others'),
  ];
}
