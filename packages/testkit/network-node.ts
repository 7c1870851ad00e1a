import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type {
  NetworkCall,
  NetworkCalls,
  NetworkNews,
  NetworkProcessOptions,
  NetworkQuestion,
} from './network-calls.ts';
import { CLOCK_OFFSET } from './skewed-engine.ts';

const PROGRAM = createRequire(import.meta.url).resolve('@ward/testkit/network-process');
const LOG_LINES_MAX = 200;
/** How long a CometBFT whose node was killed may take to see it. */
const ORPHAN_MS_MAX = 30_000;
const PAUSE_MS = 20;

/** Which of the two processes of a node. */
export type Part = 'node' | 'engine' | 'both';

export interface NetworkNodeOptions extends Omit<NetworkProcessOptions, 'binary'> {
  readonly name: string;
  /** The pinned CometBFT. */
  readonly cometbft: string;
  /** Told what its processes say. */
  readonly onLog: (line: string) => void;
}

/** A node of a test's network: a process of ours, and its CometBFT. */
export class NetworkNode {
  readonly name: string;
  readonly #options: NetworkNodeOptions;
  #child: ChildProcess | undefined;
  #ready: { readonly path: string; readonly origin: string } | undefined;
  #questions = 0;
  readonly #asked = new Map<number, { resolve(answer: unknown): void; reject(e: Error): void }>();
  readonly log: string[] = [];
  /** What is other than it was planned, from its next start on. */
  changes: Partial<Pick<NetworkProcessOptions, 'conduct' | 'joining' | 'clockOffsetMs'>> = {};

  constructor(options: NetworkNodeOptions) {
    this.name = options.name;
    this.#options = options;
    mkdirSync(options.home, { recursive: true });
  }

  /** Address of the door to its headers. */
  get lightAddress(): string {
    return this.#options.lightAddress;
  }

  get home(): string {
    return this.#options.home;
  }

  /** Where it takes frames and requests; undefined while it is not ready. */
  get ready(): { readonly path: string; readonly origin: string } | undefined {
    return this.#ready;
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Has the next CometBFT of this node end itself at its n-th crash point. */
  failAt(index: number): void {
    writeFileSync(this.#beside('fail-at'), String(index));
  }

  /** Files of the test's own stand beside the home, which may be wiped. */
  #beside(name: string): string {
    return `${this.home}.${name}`;
  }

  /** A script that notes the id of the process, which CometBFT's is then. */
  #writeStarter(): string {
    const path = this.#beside('start.sh');
    const [pid, failAt] = [this.#beside('pid'), this.#beside('fail-at')];
    const offsetMs = this.changes.clockOffsetMs ?? this.#options.clockOffsetMs;
    writeFileSync(
      path,
      `#!/bin/sh
echo $$ > '${pid}'
if [ -f '${failAt}' ]; then
  FAIL_TEST_INDEX=$(cat '${failAt}')
  export FAIL_TEST_INDEX
  rm '${failAt}'
fi
${CLOCK_OFFSET}=${Math.trunc(offsetMs / 1000)}
export ${CLOCK_OFFSET}
exec '${this.#options.cometbft}' "$@"
`,
    );
    chmodSync(path, 0o700);
    return path;
  }

  /** Starts its process; {@link untilReady} says when it has caught up. */
  start(): void {
    if (this.isRunning) throw new Error(`${this.name} runs`);
    const { name: _, cometbft: __, onLog: ___, ...planned } = this.#options;
    const options = { ...planned, binary: this.#writeStarter(), ...this.changes };
    const child = fork(PROGRAM, [JSON.stringify(options)], {
      ...{ execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
    });
    this.#child = child;
    child.stderr!.on('data', (chunk: Buffer) => this.#note(chunk.toString().trimEnd()));
    child.on('message', (news: NetworkNews) => this.#hear(news));
    child.once('exit', (code, signal) => {
      this.#note(`process ended: ${code ?? signal}`);
      if (this.#child !== child) return;
      this.#ready = undefined;
      for (const { reject } of this.#asked.values()) reject(new Error(`${this.name} ended`));
      this.#asked.clear();
    });
  }

  #note(line: string): void {
    this.log.push(line);
    if (this.log.length > LOG_LINES_MAX) this.log.shift();
    this.#options.onLog(`${this.name}: ${line.slice(0, 500)}`);
  }

  #hear(news: NetworkNews): void {
    if (news.kind === 'ready') this.#ready = news;
    else if (news.kind === 'log') this.#note(news.line);
    else {
      const asked = this.#asked.get(news.number);
      this.#asked.delete(news.number);
      if (news.failure === undefined) asked?.resolve(news.answer);
      else asked?.reject(new Error(`${this.name}: ${news.failure}`));
    }
  }

  /** @throws Error when its process ends before, or it takes longer. */
  async untilReady(msMax: number): Promise<void> {
    const endMs = performance.now() + msMax;
    while (this.#ready === undefined) {
      if (!this.isRunning) throw new Error(`${this.name} ended before it was ready`);
      if (performance.now() > endMs) throw new Error(`${this.name} is not ready in ${msMax} ms`);
      await wait(PAUSE_MS);
    }
  }

  /** @throws Error when its process ends before it answers, or is not ready. */
  ask<C extends NetworkCall>(
    call: C,
    given: NetworkCalls[C]['given'],
  ): Promise<NetworkCalls[C]['answer']> {
    return new Promise((resolve, reject) => {
      const { ready, isRunning } = this;
      if (ready === undefined || !isRunning) throw new Error(`${this.name} is not there`);
      const number = ++this.#questions;
      this.#asked.set(number, { resolve: resolve as (answer: unknown) => void, reject });
      this.#child!.send({ number, call, given } satisfies NetworkQuestion);
    });
  }

  get enginePid(): number | undefined {
    try {
      return Number(readFileSync(this.#beside('pid'), 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Sends a signal to its processes that are there. */
  signal(part: Part, signal: NodeJS.Signals): void {
    const pids: (number | undefined)[] = [];
    if (part !== 'node') pids.push(this.enginePid);
    if (part !== 'engine' && this.isRunning) pids.push(this.#child!.pid);
    for (const pid of pids) if (pid !== undefined) sendSignal(pid, signal);
  }

  /** Ends its processes, the one and then by itself the other, and waits for both. */
  async kill(part: 'node' | 'both'): Promise<void> {
    const child = this.#child;
    const exited = child !== undefined && this.isRunning ? once(child, 'exit') : Promise.resolve();
    this.signal(part, 'SIGKILL');
    await exited;
    this.#ready = undefined;
  }

  /** Waits until CometBFT is gone: by itself, or by force. */
  async untilEngineGone(): Promise<void> {
    const pid = this.enginePid;
    if (pid === undefined) return;
    const endMs = performance.now() + ORPHAN_MS_MAX;
    while (isThere(pid)) {
      if (performance.now() > endMs) sendSignal(pid, 'SIGKILL');
      await wait(PAUSE_MS);
    }
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return;
    const exited = once(child, 'exit');
    if (this.#ready === undefined) this.signal('both', 'SIGKILL');
    else child.kill('SIGTERM');
    await exited;
    this.#ready = undefined;
  }

  /** Takes everything that it has kept: as a new disk. */
  wipe(): void {
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    mkdirSync(this.home, { recursive: true });
  }

  /** A file or folder in its home. */
  path(...parts: string[]): string {
    return join(this.home, ...parts);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
