import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// npm run walk [-- network] [options of ward sandbox]
//
// The main job, aloud, and an exit status: 0 only if every step held. `network` has four
// organisations run the ledger, kills one, freezes one and takes in a fifth; at last a clinic with
// a ledger of its own becomes such a network.

const NETWORK = ['--organisations', '4'];
const ward = fileURLToPath(new URL('../packages/cli/ward.ts', import.meta.url));
const [first, ...others] = process.argv.slice(2);
const options = first === 'network' ? [...NETWORK, ...others] : process.argv.slice(2);
const { status } = spawnSync(process.execPath, [ward, 'sandbox', '--once', ...options], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
