import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadCrypto } from '@ward/protocol/crypto';
import { refuse } from './network/errors.ts';
import { type Network, type NetworkOptions, startNetwork, withNodes } from './network/index.ts';
import { loadSandboxFile } from './network/sandbox-file.ts';
import { Narrator, type Stage } from './walk/narrator.ts';
import { runWalk, type WalkListener } from './walk/run-walk.ts';
import type { StepResult } from './walk/step.ts';
import { loadWalkPatients } from './walk/walk-patient.ts';
import { redirectedTransport, WalkState } from './walk/walk-state.ts';
import { whatToTry } from './what-to-try.ts';

const DAY_MS = 24 * 3600 * 1000;
/** The walk begins so long ago: a month passes in it, and at its end it is now. */
const PAST_DAYS = 32;

export interface SandboxOptions {
  /** Exit after the walk. */
  readonly once: boolean;
  /** Print the steps as one JSON document and nothing else. */
  readonly json: boolean;
  /** Folder that keeps everything; a temporary one, deleted at the end, when left out. */
  readonly home?: string;
  /** How many patients to generate, and from which seed. */
  readonly patients: number;
  readonly seed: number;
  /** FHIR R4 bundles to use instead of generated patients. */
  readonly bundles: readonly { readonly name: string; readonly bytes: Uint8Array }[];
  /**
   * How many of the organisations run a node. One: it makes blocks alone, and time can be moved.
   * Four and more: a network on CometBFT that none of them owns, in the time of this machine.
   */
  readonly nodes: number;
  readonly stage: Stage;
  /** How a shell starts `ward` where it is not on the path; for what is printed to be tried. */
  readonly wardAs?: string | undefined;
}

/**
 * Starts the sandbox, walks the main job aloud, and stays up until it is told to end.
 *
 * @returns Exit status: 0 only if every step held, 130 when the walk was stopped.
 * @throws WardError `SANDBOX_*`, and what the bundles are refused with.
 */
export async function runSandbox(options: SandboxOptions): Promise<number> {
  const { once, json, stage } = options;
  const given = options.home === undefined ? undefined : resolve(options.home);
  if (given !== undefined && loadSandboxFile(given) !== undefined) return reopen(given, options);
  const home = given ?? mkdtempSync(join(tmpdir(), 'ward-sandbox-'));
  const crypto = await loadCrypto();
  const isAlone = options.nodes === 1;
  const clockOffsetMs = isAlone ? -PAST_DAYS * DAY_MS : 0;
  const startMs = Date.now() + clockOffsetMs;
  const today = new Date(startMs).toISOString().slice(0, 10);
  const patients = loadWalkPatients(options, today, crypto);
  const network = await startNetwork({
    ...{ home, clockOffsetMs, ...tellingDeaths(options) },
    ...(isAlone ? {} : { organisations: withNodes(options.nodes) }),
  });
  try {
    if (!json) stage.write(`${heading(network)} in ${home}\n\n`);
    const stays = given !== undefined || !(once || json);
    const state = await openState(network, patients, stays);
    const results = await walkUnlessStopped(state, options);
    state.close();
    if (results === undefined) return STOPPED;
    const held = results.every((result) => result.held);
    if (json) stage.write(`${JSON.stringify(results.map(toJsonStep), null, 2)}\n`);
    else stage.write(closing(results));
    if (!once && !json) await stayUp(network, options);
    return held ? 0 : 1;
  } finally {
    await network.close();
    if (given === undefined) rmSync(home, { recursive: true, force: true });
  }
}

function heading({ nodes, hasOwnTime }: Network): string {
  const ledger = hasOwnTime ? '' : `, ${nodes.length} of them validators of one ledger,`;
  return `Sandbox of seven organisations${ledger}`;
}

const SILENT: WalkListener = { begin() {}, progress() {}, end() {} };
/** What shells say of a program that Ctrl-C ended. */
const STOPPED = 130;

/** @returns Undefined where Ctrl-C came in between: the servers are ending then. */
async function walkUnlessStopped(
  state: WalkState,
  { json, stage }: SandboxOptions,
): Promise<StepResult[] | undefined> {
  let isStopped = false;
  const { columns, isTerminal, hasColour } = stage;
  // What fails because its server has ended is no news.
  const write = (text: string) => (isStopped ? undefined : stage.write(text));
  const listener = json ? SILENT : new Narrator({ write, columns, isTerminal, hasColour });
  const stop = new Promise<undefined>((done) => {
    const onSignal = () => {
      isStopped = true;
      done(undefined);
    };
    for (const signal of SIGNALS) process.once(signal, onSignal);
  });
  const walk = runWalk(state, listener);
  walk.catch(() => undefined);
  const results = await Promise.race([walk, stop]);
  return isStopped ? undefined : results;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function openState(
  network: Network,
  patients: ReturnType<typeof loadWalkPatients>,
  stays: boolean,
): Promise<WalkState> {
  const redirects = new Map<string, string>();
  const transport = redirectedTransport(redirects);
  const hospitalA = await network.openOrganisation('hospital-a', { transport });
  const hospitalB = await network.openOrganisation('hospital-b', { transport });
  return new WalkState({ network, patients, hospitalA, hospitalB, redirects, stays });
}

/** A sandbox that was walked before: it goes on where it was. */
async function reopen(home: string, options: SandboxOptions): Promise<number> {
  if (options.once || options.json) throw refuse('SANDBOX_WALKED');
  const network = await startNetwork({ home, ...tellingDeaths(options) });
  try {
    options.stage.write(`Sandbox in ${home}, opened again\n`);
    await stayUp(network, options);
    return 0;
  } finally {
    await network.close();
  }
}

async function stayUp(network: Network, { stage, wardAs }: SandboxOptions): Promise<void> {
  // The walk ends a day behind; commands in other terminals have the time of this machine.
  if (network.clockOffsetMs < 0) await network.moveClock(0);
  stage.write(await whatToTry(network, { wardAs }));
  await network.closed;
}

/** A server that ends by itself is said to have; the others go on. */
function tellingDeaths({ json, stage }: SandboxOptions): Pick<NetworkOptions, 'onDeath'> {
  if (json) return {};
  const onDeath = ({ organisation, kind }: { organisation: string; kind: string }) =>
    stage.write(`The ${kind} of ${organisation} has ended by itself and stays down.\n`);
  return { onDeath };
}

function toJsonStep({ step, held, proof, durationMs }: StepResult) {
  return { step, held, proof, durationMs };
}

function closing(results: readonly StepResult[]): string {
  const failed = results.find(({ held }) => !held);
  const total = results.reduce((sum, { durationMs }) => sum + durationMs, 0);
  if (failed !== undefined) return `\nStep ${failed.step} did not hold.\n`;
  return `\nAll ${results.length} steps held, in ${(total / 1000).toFixed(1)} s.\n`;
}
