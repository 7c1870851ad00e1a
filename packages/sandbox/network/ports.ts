import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { refuse } from './errors.ts';

const HOST = '127.0.0.1';

/** Takes a port of this machine for a moment; 0 takes any. @returns undefined where it is taken. */
async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen({ host: HOST, port, exclusive: true });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}

/** Other ports are looked for here: systems give none of them to connections of their own. */
const OTHERS = { from: 10_000, to: 30_000 } as const;
const ATTEMPTS_MAX = 100;

/**
 * Ports for the servers of a new sandbox: those that are wanted, or where one of them is taken a
 * row of others. The same ports again and again are easier to remember, and a genesis names them.
 * All or none: a free one may belong to a server of another sandbox that is being started again.
 *
 * @throws WardError `SANDBOX_PORT_TAKEN`.
 */
export async function choosePorts(wanted: readonly number[]): Promise<number[]> {
  const chosen = await tryPorts(wanted);
  if (chosen !== undefined) return chosen;
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const first = randomInt(OTHERS.from, OTHERS.to - wanted.length);
    const others = await tryPorts(wanted.map((_, i) => first + i));
    if (others !== undefined) return others;
  }
  throw refuse('SANDBOX_PORT_TAKEN', { port: wanted[0] ?? 0 });
}

/** Undefined unless every one is free. */
async function tryPorts(wanted: readonly number[]): Promise<number[] | undefined> {
  const free: number[] = [];
  for (const port of wanted) {
    const found = await tryPort(port);
    if (found === undefined) return undefined;
    free.push(found);
  }
  return free;
}

/** @throws WardError `SANDBOX_PORT_TAKEN`. */
export async function checkPortsFree(ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    if ((await tryPort(port)) === undefined) throw refuse('SANDBOX_PORT_TAKEN', { port });
  }
}

/** Held by the sandbox that is starting, so that two do not choose the same ports. */
const STARTING_PORT = 4609;
const TURN_MS_MAX = 20_000;
const TURN_POLL_MS = 50;

/**
 * Waits until no other sandbox of this machine is between choosing its ports and listening on them.
 * After 20 seconds it goes on: then some other program has the port by which they take turns.
 *
 * @param port By which sandboxes take turns.
 * @returns What lets the next one start.
 */
export async function takeTurn(port = STARTING_PORT, turnMsMax = TURN_MS_MAX): Promise<() => void> {
  for (let waitedMs = 0; waitedMs < turnMsMax; waitedMs += TURN_POLL_MS) {
    const server = createServer();
    try {
      server.listen({ host: HOST, port, exclusive: true });
      await once(server, 'listening');
      return () => server.close();
    } catch {
      await setTimeout(TURN_POLL_MS);
    }
  }
  return () => undefined;
}

export function originOf(port: number): string {
  return `http://${HOST}:${port}`;
}

/** Host and port as the servers' `--listen` takes them. */
export function listenOn(port: number): string {
  return `${HOST}:${port}`;
}
