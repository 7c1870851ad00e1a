import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const WARD = fileURLToPath(import.meta.resolve('@ward/cli/main'));

export interface WardProcessOptions {
  readonly environment?: { readonly [name: string]: string | undefined };
}

/** What a `ward` process gave. */
export interface WardProcessResult {
  readonly exitCode: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A `ward` process that goes on. */
export interface RunningWard {
  readonly child: ChildProcess;
  readonly ended: Promise<WardProcessResult>;
  /** Waits until it has written something that fits, on either stream. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<WardProcessResult>;
}

/** Starts the `ward` command as a process of its own, without a terminal. */
export function startWard(
  argv: readonly string[],
  { environment = {} }: WardProcessOptions = {},
): RunningWard {
  const child = spawn(process.execPath, [WARD, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WARD_CARRIER_DELAY_MS: '0', ...environment },
  });
  const texts = { output: '', errors: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    texts.output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    texts.errors += chunk.toString();
  });
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode, ...texts }));
  return {
    ...{ child, ended },
    said: (pattern) => waitFor(pattern, { child, texts }),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

function waitFor(
  pattern: RegExp,
  { child, texts }: { child: ChildProcess; texts: { output: string; errors: string } },
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = pattern.exec(texts.output) ?? pattern.exec(texts.errors);
      if (found !== null) resolve(found);
    };
    child.stdout!.on('data', look);
    child.stderr!.on('data', look);
    child.once('close', () => reject(new Error(`ended before: ${texts.output}${texts.errors}`)));
    look();
  });
}

/** Runs the `ward` command to its end. */
export async function runWardProcess(
  argv: readonly string[],
  options: WardProcessOptions = {},
): Promise<WardProcessResult> {
  return startWard(argv, options).ended;
}

/** A port of this machine that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return (address as { readonly port: number }).port;
}
