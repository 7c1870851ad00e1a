import { parseArgs } from 'node:util';
import { INPUTS_VARIABLE } from '../packages/testkit/fuzz-runs.ts';
import { runVitest } from './vitest.ts';

// npm run fuzz -- [TARGET] [--inputs N]
//
// TARGET is a word of the titles of targets, as in `Manifest` or `HTTP`; all of them unless told.

const { values, positionals } = parseArgs({
  options: { inputs: { type: 'string', default: '1000000' } },
  allowPositionals: true,
});
const inputs = Number(values.inputs);
if (!Number.isSafeInteger(inputs) || inputs < 1 || positionals.length > 1) {
  process.stderr.write('npm run fuzz -- [TARGET] [--inputs N]\n');
  process.exit(2);
}
process.env[INPUTS_VARIABLE] = `${inputs}`;
process.exitCode = await runVitest([
  ...['run', '--config', 'vitest.slow.config.ts', '--testTimeout=0', '--disableConsoleIntercept'],
  ...['fuzz.slow.test.ts', 'parse-arguments.slow.test.ts'],
  ...positionals.flatMap((target) => ['-t', target]),
]);
