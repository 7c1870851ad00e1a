import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadCrypto } from '@ward/protocol/crypto';
import { simulateLedgers } from './ledger/run-seeds.ts';

// npm run simulate -- [--seeds A..B | --seed N] [--blocks N] [--report FILE] [--charts]

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1..20' },
    seed: { type: 'string' },
    blocks: { type: 'string', default: '100' },
    report: { type: 'string' },
    charts: { type: 'boolean', default: false },
  },
});
const crypto = await loadCrypto();
const print = (text: string) => process.stdout.write(text);
const [first, last = first] = (values.seed ?? values.seeds).split('..').map(Number);
const blocks = Number(values.blocks);

/** A whole network with people, servers and custodians. */
async function simulateCharts(): Promise<number> {
  // It needs every package; ledgers alone need one.
  const { simulate } = await import('./simulate.ts');
  let failed = 0;
  for (let seed = first!; seed <= last!; seed++) {
    try {
      const report = await simulate(seed, { blocks }, crypto);
      print(`seed ${seed}: ${report.steps} steps, ${report.blocks} blocks, held\n`);
    } catch (error) {
      failed++;
      print(`FAILED ${(error as Error).message}\n`);
    }
  }
  return failed;
}

/** Ledgers alone: many more blocks, with everything that may happen to a node. */
function simulateMany(): number {
  const { report: path } = values;
  // Traces of refusals cost a tenth of the time; one seed alone has them.
  if (first !== last) Error.stackTraceLimit = 0;
  const keep = path === undefined ? undefined : (text: string) => writeFileSync(path, text);
  const report = simulateLedgers({ first: first!, last: last!, blocks, crypto, print, keep });
  return report.failures.length;
}

const failed = values.charts ? await simulateCharts() : simulateMany();
process.exitCode = failed === 0 ? 0 : 1;
