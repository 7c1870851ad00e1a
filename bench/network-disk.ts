import type { BenchOptions, BenchRow } from './bench-row.ts';
import { idleDiskRows } from './network/idle-disk.ts';

const VALIDATORS = { usual: 1, full: 4 };

/** The disk of a node of a network that has nothing to do, day after day. */
export function run(options: BenchOptions): Promise<BenchRow[]> {
  return idleDiskRows(options.full ? VALIDATORS.full : VALIDATORS.usual, options);
}
