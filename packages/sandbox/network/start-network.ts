import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { loadNetworkFile } from '@ward/sdk/node';
import { MovedClock } from '@ward/server';
import { makeNetwork } from './make-network.ts';
import { checkForward, Network } from './network.ts';
import {
  type OrganisationPlan,
  SANDBOX_ORGANISATIONS,
  SERVER_KINDS,
  type ServerKind,
} from './organisations.ts';
import { checkPortsFree, listenOn, takeTurn } from './ports.ts';
import {
  loadSandboxFile,
  type SandboxFile,
  type SandboxMember,
  saveSandboxFile,
} from './sandbox-file.ts';
import { type SandboxLogLine, ServerProcess } from './server-process.ts';

export interface NetworkOptions {
  /** Folder of the sandbox: an empty one, or one that a sandbox made. */
  readonly home: string;
  /** Whom to found a new network of; the seven of the sandbox unless told. */
  readonly organisations?: readonly OrganisationPlan[];
  /**
   * Distance of the sandbox's time from this machine's, in milliseconds: a new sandbox may begin in
   * the past, one that is opened again goes on where it was, or later.
   */
  readonly clockOffsetMs?: number;
  /** Lines that servers log, and what the sandbox has to say of them. */
  readonly onLog?: (line: SandboxLogLine) => void;
  /** A server ended though nobody had asked for it. It is not started again. */
  readonly onDeath?: (server: ServerProcess) => void;
  /** Close on SIGINT and SIGTERM, unless told otherwise. */
  readonly stopsOnSignals?: boolean;
}

const ENTRIES: { readonly [K in ServerKind]: string } = {
  node: import.meta.resolve('@ward/node/main'),
  vault: import.meta.resolve('@ward/vault/main'),
  custodian: import.meta.resolve('@ward/custodian/main'),
};

/**
 * Starts a whole network on this machine: every organisation in its own folder, every server in a
 * process of its own, all of them children of this one that end with it.
 *
 * @throws WardError `SANDBOX_*`, `HOME_LOCKED`.
 * @example
 * const network = await startNetwork({ home: 'sandbox' });
 * const { ward } = await network.openOrganisation('hospital-a');
 * await network.close();
 */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const letNextStart = await takeTurn();
  try {
    return await startServers(options);
  } finally {
    letNextStart();
  }
}

async function startServers(options: NetworkOptions): Promise<Network> {
  const { home } = options;
  const crypto = await loadCrypto();
  const file = await openSandbox(options, crypto);
  const servers = serversOf(file, options);
  const networkFile = loadNetworkFile(join(home, file.organisations[0]!.folder));
  const network = new Network({ home, file, networkFile, servers, crypto });
  if (options.stopsOnSignals !== false) closeOnSignals(network);
  try {
    await Promise.all(servers.map((server) => server.start()));
  } catch (error) {
    await network.close();
    throw error;
  }
  return network;
}

/** The sandbox of the folder, made when there is none. */
async function openSandbox(
  options: NetworkOptions,
  crypto: Awaited<ReturnType<typeof loadCrypto>>,
): Promise<SandboxFile> {
  const { home, organisations = SANDBOX_ORGANISATIONS } = options;
  const found = loadSandboxFile(home);
  const clockOffsetMs = options.clockOffsetMs ?? found?.clockOffsetMs ?? 0;
  if (found === undefined) {
    const clock = new MovedClock({ nowMs: () => Date.now() }, clockOffsetMs);
    const ports = { crypto, clock, random: systemRandom };
    return makeNetwork({ ...ports, home, organisations, clockOffsetMs });
  }
  checkForward(found.clockOffsetMs, clockOffsetMs);
  await checkPortsFree(
    found.organisations.flatMap((member) => [
      ...SERVER_KINDS.flatMap((kind) => member[kind] ?? []),
      ...(member.peer === null ? [] : [member.peer]),
    ]),
  );
  const file = { ...found, clockOffsetMs };
  saveSandboxFile(home, file);
  return file;
}

function serversOf(file: SandboxFile, options: NetworkOptions): ServerProcess[] {
  return file.organisations.flatMap((member) => serversOfMember(member, file, options));
}

/** Processes of one organisation's servers, not started yet. */
export function serversOfMember(
  member: SandboxMember,
  { clockOffsetMs }: Pick<SandboxFile, 'clockOffsetMs'>,
  options: Pick<NetworkOptions, 'home' | 'onLog' | 'onDeath'>,
): ServerProcess[] {
  const { home, onLog = () => undefined, onDeath = () => undefined } = options;
  return SERVER_KINDS.flatMap((kind) => {
    const port = member[kind];
    if (port === null) return [];
    const path = join(home, member.folder, kind);
    const flags = ['--home', path, '--listen', listenOn(port), '--ops-listen', listenOn(0)];
    const { folder: organisation } = member;
    const entry = fileURLToPath(ENTRIES[kind]);
    return new ServerProcess({
      ...{ organisation, kind, entry, flags, clockOffsetMs, onLog, onDeath },
    });
  });
}

/** The first signal closes in order; nothing then keeps this process, and it ends by itself. */
function closeOnSignals(network: Network): void {
  const close = () => void network.close();
  process.once('SIGINT', close);
  process.once('SIGTERM', close);
  void network.closed.then(() => {
    process.off('SIGINT', close);
    process.off('SIGTERM', close);
  });
}
