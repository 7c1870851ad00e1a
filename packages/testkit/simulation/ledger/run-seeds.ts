import { createHash } from 'node:crypto';
import type { Crypto } from '@ward/protocol';
import { simulateLedger } from './simulate-ledger.ts';
import { addCounts } from './tally.ts';

export interface RunOptions {
  readonly first: number;
  readonly last: number;
  /** Of each seed. */
  readonly blocks: number;
  readonly crypto: Crypto;
  print(text: string): void;
  /** Keeps what the run has come to so far, as JSON. */
  readonly keep?: ((report: string) => void) | undefined;
}

/** What many seeds came to. */
export interface RunReport {
  seeds: number;
  blocks: number;
  rounds: number;
  /** CPU time of this process. */
  cpuSeconds: number;
  /** Over the digests of all seeds in order. */
  digest: string;
  readonly happened: ReadonlyMap<string, number>;
  readonly verdicts: ReadonlyMap<string, number>;
  readonly failures: string[];
}

const PROGRESS_EVERY = 50;

/** Runs seed after seed; one that fails is printed, and the others go on. */
export function simulateLedgers(options: RunOptions): RunReport {
  const { first, last, blocks, crypto, print } = options;
  const digest = createHash('sha256');
  const happened = new Map<string, number>();
  const verdicts = new Map<string, number>();
  const report: RunReport = {
    ...{ seeds: 0, blocks: 0, rounds: 0, cpuSeconds: 0, digest: '' },
    ...{ happened, verdicts, failures: [] },
  };
  for (let seed = first; seed <= last; seed++) {
    try {
      const one = simulateLedger(seed, { blocks, crypto });
      digest.update(one.digest);
      addCounts(happened, one.tally.counts);
      addCounts(verdicts, one.tally.verdicts);
      report.blocks += one.blocks;
      report.rounds += one.rounds;
    } catch (error) {
      const { message, cause } = error as Error;
      report.failures.push(message);
      print(`FAILED ${message}\n`);
      if (first === last) print(`${(cause as Error).stack}\n`);
      print(`again: npm run simulate -- --seed ${seed} --blocks ${blocks}\n`);
    }
    report.seeds++;
    if (report.seeds % PROGRESS_EVERY > 0 && seed < last) continue;
    const { user, system } = process.cpuUsage();
    report.cpuSeconds = Math.round((user + system) / 1e6);
    report.digest = digest.copy().digest('hex');
    print(progress(report, last - first + 1));
    options.keep?.(toJson(report));
  }
  return report;
}

function progress(
  { seeds, blocks, failures, cpuSeconds, verdicts, digest }: RunReport,
  of: number,
) {
  const transactions = [...verdicts.values()].reduce((sum, count) => sum + count, 0);
  const held = failures.length === 0 ? 'all held' : `${failures.length} FAILED`;
  const counted = `${blocks} blocks, ${transactions} transactions, ${cpuSeconds} s of CPU`;
  return `${seeds} of ${of} seeds, ${counted}, ${held}, digest ${digest.slice(0, 16)}\n`;
}

function toJson({ happened, verdicts, ...rest }: RunReport): string {
  const sorted = (counts: ReadonlyMap<string, number>) =>
    Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  const all = { ...rest, happened: sorted(happened), verdicts: sorted(verdicts) };
  return `${JSON.stringify(all, undefined, 2)}\n`;
}
