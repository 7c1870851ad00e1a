// Puts the pinned CometBFT in place: one on the PATH is used as it is, else Go builds it from its
// module, once, into the cache folder of this repository. So is the program that verifies
// signatures beside it.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  cachedEngine,
  ENGINE_PACKAGE,
  ENGINE_VERSION,
  engineCache,
  findEngine,
  isPinnedEngine,
} from '../packages/engine/cometbft/engine-binary.ts';
import {
  cachedSignatures,
  findSignatures,
  SIGNATURES_FOLDER,
  signaturesStamp,
} from '../packages/engine/signatures/signature-binary.ts';

function fail(lines: readonly string[]): never {
  console.error(lines.join('\n'));
  process.exit(1);
}

function hasGo(): boolean {
  return spawnSync('go', ['version']).status === 0;
}

interface Build {
  readonly args: readonly string[];
  readonly folder?: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** What it is called where it could not be built. */
  readonly wanted: string;
}

function build({ args, folder, environment = {}, wanted }: Build): void {
  if (!hasGo()) {
    fail([
      `${wanted} is not on this machine, and there is no Go to build it with.`,
      'Install Go 1.25 or newer (https://go.dev/dl) and run "npm run engine:install" again,',
      `or put a binary built by "go ${args.join(' ')}" on the PATH.`,
    ]);
  }
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', ...environment };
  const { status } = spawnSync('go', args, { env, cwd: folder, stdio: 'inherit' });
  if (status !== 0) fail([`Go could not build ${wanted}: see the lines above.`]);
}

function buildEngine(): string {
  const path = cachedEngine(engineCache());
  mkdirSync(dirname(path), { recursive: true });
  build({
    args: ['install', `${ENGINE_PACKAGE}@${ENGINE_VERSION}`],
    environment: { GOBIN: dirname(path) },
    wanted: `CometBFT ${ENGINE_VERSION}`,
  });
  if (!isPinnedEngine(path)) fail([`What Go has built is not CometBFT ${ENGINE_VERSION}: ${path}`]);
  return path;
}

/** A node works without it, only slower; where everything has to be there, it has to be, too. */
function buildSignatures(): string {
  if (!hasGo() && process.env.CI !== 'true')
    return 'not built, for there is no Go; one by one then';
  const path = cachedSignatures();
  mkdirSync(dirname(path), { recursive: true });
  const stamped = ['-trimpath', '-ldflags', `-s -w -X main.stamp=${signaturesStamp()}`];
  build({
    args: ['build', ...stamped, '-o', path, '.'],
    folder: SIGNATURES_FOLDER,
    wanted: 'The program that verifies signatures in batches',
  });
  if (findSignatures() === undefined) fail([`What Go has built is not what was wanted: ${path}`]);
  return path;
}

console.log(`CometBFT ${ENGINE_VERSION}: ${findEngine() ?? buildEngine()}`);
console.log(`Signatures in batches: ${findSignatures() ?? buildSignatures()}`);
