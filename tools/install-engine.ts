// Puts the pinned CometBFT in place: one on the PATH is used as it is, else Go builds it from its
// module, once, into the cache folder of this repository.
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

function fail(lines: readonly string[]): never {
  console.error(lines.join('\n'));
  process.exit(1);
}

function build(): string {
  const path = cachedEngine(engineCache());
  const wanted = `${ENGINE_PACKAGE}@${ENGINE_VERSION}`;
  if (spawnSync('go', ['version']).status !== 0) {
    fail([
      `CometBFT ${ENGINE_VERSION} is not on this machine, and there is no Go to build it with.`,
      'Install Go 1.25 or newer (https://go.dev/dl) and run "npm run engine:install" again,',
      `or put a binary built by "go install ${wanted}" on the PATH.`,
    ]);
  }
  mkdirSync(dirname(path), { recursive: true });
  const environment = { ...process.env, CGO_ENABLED: '0', GOBIN: dirname(path), GOFLAGS: '' };
  const { status } = spawnSync('go', ['install', wanted], { env: environment, stdio: 'inherit' });
  if (status !== 0) fail([`Go could not build ${wanted}: see the lines above.`]);
  if (!isPinnedEngine(path)) fail([`What Go has built is not CometBFT ${ENGINE_VERSION}: ${path}`]);
  return path;
}

const here = findEngine();
console.log(`CometBFT ${ENGINE_VERSION}: ${here ?? build()}`);
