import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ENGINE_PACKAGE, ENGINE_VERSION, engineCache } from '@ward/engine';

/** Names what a clock is off by, in whole seconds, to a CometBFT that was built here. */
export const CLOCK_OFFSET = 'WARD_TEST_CLOCK_OFFSET_SECONDS';

/** Where a Go program learns the time; the clock that never goes back is another one. */
const NOW = 'func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n';
const SKEWED = `${NOW}\tsec += clockOffsetSeconds\n`;
const OFFSET_FILE = fileURLToPath(new URL('./skewed-clock.go.txt', import.meta.url));
const GO_BUILD_MS_MAX = 15 * 60_000;

/** Whether tests with it are left out: without Go, and never where everything has to be there. */
export function isWithoutGo(): boolean {
  return process.env.CI !== 'true' && spawnSync('go', ['version']).status !== 0;
}

/**
 * The pinned CometBFT with a clock that can be off. A static program asks the kernel for the time,
 * so nothing outside can skew it: it is built once more, by Go's own `-overlay`, over a standard
 * library whose `time.Now` adds what the environment says.
 *
 * @returns Path of the program, which is built once and kept.
 */
export function buildSkewedEngine(): string {
  const path = join(engineCache(), 'engine', ENGINE_VERSION, 'skewed', 'cometbft');
  if (existsSync(path)) return path;
  const folder = mkdtempSync(join(tmpdir(), 'ward-skewed-'));
  try {
    mkdirSync(dirname(path), { recursive: true });
    const overlay = writeOverlay(folder);
    const wanted = `${ENGINE_PACKAGE}@${ENGINE_VERSION}`;
    const env = { ...process.env, CGO_ENABLED: '0', GOBIN: dirname(path), GOFLAGS: '' };
    go(['install', `-overlay=${overlay}`, wanted], env);
    return path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What Go reads in the place of its own file, and beside it. */
function writeOverlay(folder: string): string {
  const library = join(go(['env', 'GOROOT']).trim(), 'src', 'time');
  const source = readFileSync(join(library, 'time.go'), 'utf8');
  if (source.split(NOW).length !== 2) throw new Error('this Go tells the time in another way');
  const changed = join(folder, 'time.go');
  writeFileSync(changed, source.replace(NOW, SKEWED));
  const replaced = {
    [join(library, 'time.go')]: changed,
    [join(library, 'skewed_clock.go')]: OFFSET_FILE,
  };
  const overlay = join(folder, 'overlay.json');
  writeFileSync(overlay, JSON.stringify({ Replace: replaced }));
  return overlay;
}

function go(args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr } = spawnSync('go', args, {
    ...{ env, encoding: 'utf8', timeout: GO_BUILD_MS_MAX },
  });
  if (status !== 0) throw new Error(`go ${args[0]} ended with ${status}: ${stderr}`);
  return stdout;
}
