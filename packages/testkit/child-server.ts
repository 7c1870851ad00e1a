import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A server that runs as a process of its own. */
export interface ChildServer {
  readonly child: ChildProcess;
  readonly origin: string;
  readonly opsOrigin: string | null;
  /** What it wrote to standard error. */
  readonly log: () => string;
  /** Ends it in order; its exit status. */
  stop(): Promise<number | null>;
  /** Ends it as a power failure would. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  /** File URL of its program. */
  readonly program: URL;
  readonly flags: readonly string[];
  readonly environment?: { readonly [name: string]: string };
  /** Options of Node itself. */
  readonly nodeFlags?: readonly string[];
}

/**
 * Starts a program that tells when it is ready.
 *
 * @throws Error with what it wrote when it ends before.
 */
export async function startChildServer(options: ChildOptions): Promise<ChildServer> {
  const { program, flags, environment = {}, nodeFlags = [] } = options;
  const child = fork(program, [...flags], {
    ...{ stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [...nodeFlags] },
    env: { ...process.env, ...environment },
  });
  let log = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const ready = await Promise.race([readyOf(child), exited.then(() => undefined)]);
  if (ready === undefined) throw new Error(log);
  return {
    ...{ child, ...ready, log: () => log },
    async stop() {
      child.kill('SIGTERM');
      return (await exited)[0];
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function readyOf(child: ChildProcess): Promise<{ origin: string; opsOrigin: string | null }> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      const news = message as { kind?: string; origin: string; opsOrigin: string | null };
      if (news.kind === 'ready') resolve({ origin: news.origin, opsOrigin: news.opsOrigin });
    });
  });
}
