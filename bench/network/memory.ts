import { type BenchOptions, type BenchRow, boundedRow, plainRow } from '../bench-row.ts';
import { NetworkBench } from './network-bench.ts';

const MEMORY_GB_MAX = 0.8;
const GB = 1e9;
const SHAPE = { messages: 5, slotsPerMessage: 1000 };
const SLOTS_EACH = SHAPE.messages * SHAPE.slotsPerMessage;
/** Transactions on their way: each is a container of its own. */
const WINDOW = 8;

/** RAM of a node, application and engine, with so many keys that came as transactions. */
export async function memoryRows(validators: number, { full }: BenchOptions): Promise<BenchRow[]> {
  const keys = full ? 1_000_000 : 100_000;
  const bench = await NetworkBench.start(validators);
  const count = Math.ceil(keys / SLOTS_EACH);
  const client = await bench.client({ ...SHAPE, count, paths: bench.paths.slice(0, 1) });
  await client.send(WINDOW);
  client.stop();
  const usage = await bench.usage();
  await bench.stop();
  const of = (read: (one: (typeof usage)[number]) => number) => Math.max(...usage.map(read));
  const metric = `network.memory.${full ? '1m' : '100k'}`;
  const app = of(({ residentBytes }) => residentBytes) / GB;
  const engine = of(({ engineResidentBytes }) => engineResidentBytes) / GB;
  return [
    boundedRow({ metric, value: app + engine, unit: 'GB a node' }, { atMost: MEMORY_GB_MAX }),
    plainRow(`${metric}.engine`, engine, 'GB'),
    plainRow(
      `${metric}.keys`,
      of(({ keys: own }) => own),
      'keys',
    ),
  ];
}
