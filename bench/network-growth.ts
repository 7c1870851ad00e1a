import type { BenchOptions, BenchRow } from './bench-row.ts';
import { growthRows } from './network/growth.ts';

/**
 * Four, seven and ten validators on this machine, each a process with its CometBFT, idle and under
 * load; and what that says of twenty organisations with a machine each and time between them.
 */
export function run(options: BenchOptions): Promise<BenchRow[]> {
  return growthRows(options);
}
