import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import type { VerifiedTransaction } from '@ward/ledger';
import type { Ingress, IngressEvents, Verdict } from './ingress.ts';
import { IngressThread } from './ingress-thread.ts';
import type { ListenAddress, WorkerAddresses } from './worker-messages.ts';

export interface WorkerIngressOptions {
  /** Doors for services; without any, the workers only verify. */
  readonly listen?: ListenAddress;
  /** Threads; unless told, one for each core but the engine's, and two where there are two. */
  readonly workers?: number;
  /** See `WorkerOptions`. */
  readonly signaturesPath?: string | undefined;
}

const WORKERS_MAX = 16;
/** Elsewhere the kernel does not share a port's connections among those who listen. */
const CAN_SHARE_PORT = process.platform === 'linux';

/** Ordering and executing leaves half of a core free, which is why two cores have two workers. */
function usualWorkers(): number {
  const cores = availableParallelism();
  return Math.min(WORKERS_MAX, Math.max(cores - 1, Math.min(2, cores)));
}

/** An {@link Ingress} of threads that own the sockets and verify where bytes arrive. */
export class WorkerIngress implements Ingress {
  readonly #options: WorkerIngressOptions;
  readonly #threads: IngressThread[] = [];
  #next = 0;

  constructor(options: WorkerIngressOptions = {}) {
    this.#options = options;
  }

  /** Where each worker listens, once it is started. */
  get addresses(): readonly WorkerAddresses[] {
    return this.#threads.map(({ addresses }) => addresses);
  }

  async start(events: IngressEvents): Promise<void> {
    const { listen = {}, workers = usualWorkers(), signaturesPath } = this.#options;
    const { folder, tcp } = listen;
    if (folder !== undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (tcp !== undefined) await checkFree(tcp);
    let port = tcp?.port ?? 0;
    for (let index = 0; index < workers; index++) {
      const sharesPort = tcp !== undefined && (index === 0 || CAN_SHARE_PORT);
      const thread = new IngressThread(
        {
          index,
          isPortShared: CAN_SHARE_PORT,
          signaturesPath,
          listen: {
            ...(folder === undefined ? {} : { folder }),
            ...(sharesPort ? { tcp: { host: tcp.host, port } } : {}),
          },
        },
        events,
      );
      await thread.listening();
      this.#threads.push(thread);
      port = thread.addresses.port ?? port;
    }
  }

  verify(envelope: Uint8Array): Promise<VerifiedTransaction> {
    return this.#nextThread().verify(envelope);
  }

  verifyAll(envelopes: readonly Uint8Array[]): Promise<Verdict> {
    return this.#nextThread().verifyAll(envelopes);
  }

  #nextThread(): IngressThread {
    this.#next = (this.#next + 1) % this.#threads.length;
    return this.#threads[this.#next]!;
  }

  async quiesce(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.quiesce()));
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/**
 * Ports are shared with whoever asks for that, other nodes of this user too: see that nobody has
 * it.
 *
 * @throws as Node does, with the code `EADDRINUSE`.
 */
async function checkFree(where: { readonly host: string; readonly port: number }): Promise<void> {
  const server = createServer().listen(where);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
