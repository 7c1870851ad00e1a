import { parseArgs } from 'node:util';
import { loadCrypto } from '@ward/protocol/crypto';
import { simulate } from './simulate.ts';

// npm run simulate -- --seeds N --blocks M [--from SEED]

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10' },
    blocks: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
  },
});
const crypto = await loadCrypto();
const [from, seeds, blocks] = [values.from, values.seeds, values.blocks].map(Number);
let failed = 0;
for (let seed = from!; seed < from! + seeds!; seed++) {
  try {
    const report = await simulate(seed, { blocks: blocks! }, crypto);
    process.stdout.write(`seed ${seed}: ${report.steps} steps, ${report.blocks} blocks, held\n`);
  } catch (error) {
    failed++;
    process.stdout.write(`FAILED ${(error as Error).message}\n`);
  }
}
process.exitCode = failed === 0 ? 0 : 1;
