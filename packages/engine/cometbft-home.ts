import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateMachine } from '@ward/ledger';
import type { Genesis } from '@ward/ledger/schema';
import type { Clock, Crypto, Height } from '@ward/protocol';
import { HomeLock } from '@ward/protocol/home-lock';
import type { AbciApplication } from './cometbft/abci-server.ts';
import { authorsOf } from './cometbft/authors.ts';
import { BlockRetention } from './cometbft/block-retention.ts';
import { CometbftEngine } from './cometbft/cometbft-engine.ts';
import { ContainerArchive } from './cometbft/container-archive.ts';
import { ContainerPool } from './cometbft/container-pool.ts';
import { requireEngine } from './cometbft/engine-binary.ts';
import type { StateSync } from './cometbft/engine-home.ts';
import { type EngineLogLine, EngineProcess } from './cometbft/engine-process.ts';
import { EngineRpc } from './cometbft/engine-rpc.ts';
import { EngineWal } from './cometbft/engine-wal.ts';
import { LightBlockStore } from './cometbft/light-block-store.ts';
import { LightDoor } from './cometbft/light-door.ts';
import type { ProposalWaitOptions } from './cometbft/proposal-wait.ts';
import { Verifier } from './cometbft/verifier.ts';
import { WatchedStart } from './cometbft/watched-start.ts';
import type { Ingress } from './embedded/ingress/ingress.ts';
import { WorkerIngress } from './embedded/ingress/worker-ingress.ts';
import type { ListenAddress, WorkerAddresses } from './embedded/ingress/worker-messages.ts';
import type { UpkeepOptions } from './embedded/upkeep.ts';
import type { EngineWatch } from './engine-watch.ts';
import { refuse } from './errors.ts';
import type { ChainArchive } from './queries/block-archive.ts';
import { findSignatures } from './signatures/signature-binary.ts';
import { SignatureProcess } from './signatures/signature-process.ts';
import { FirstStateFiles } from './snapshots/first-state-files.ts';
import { SnapshotStore } from './snapshots/snapshot-store.ts';
import type { Disk } from './storage/disk.ts';
import { FileStorage } from './storage/file-storage.ts';
import { nodeDisk } from './storage/node-disk.ts';

export interface CometbftHomeOptions extends UpkeepOptions, ProposalWaitOptions {
  /** Folder of the ledger's own: made where there is none, locked while it is open. */
  readonly home: string;
  readonly genesis: Genesis;
  /** 32 bytes: key that votes; a node whose key the genesis does not name follows the others. */
  readonly validatorSeed: Uint8Array;
  /** 32 bytes: key that other nodes know this one by; see `nodeId`. */
  readonly nodeSeed: Uint8Array;
  /** Where other nodes connect, as in `127.0.0.1:26656`. */
  readonly peerAddress: string;
  /** Other nodes, as in `<node id>@127.0.0.2:26656`; none for a network of one. */
  readonly peers?: readonly string[];
  /** The pinned CometBFT; unless told, the one on the PATH. */
  readonly binary?: string;
  /** Told what CometBFT logs. */
  readonly onLog?: (line: EngineLogLine) => void;
  readonly watch?: EngineWatch;
  /** Sockets for services; none unless told. */
  readonly listen?: ListenAddress;
  /** Threads that verify; by the number of cores unless told. */
  readonly workers?: number;
  /** Puts something of the node's own around the doors, as a quota. */
  readonly wrapIngress?: (inner: Ingress) => Ingress;
  /** Puts something around what CometBFT calls, as a node that keeps no rules. */
  readonly wrapApplication?: (inner: AbciApplication) => AbciApplication;
  /** States that can be read and proved; see `StateMachine.open`. */
  readonly retainedHeights?: number;
  /** For a node that has no block yet: the state of others in the place of all their blocks. */
  readonly stateSync?: StateSync;
  /** Heights at which there is a snapshot that others may take; none unless told. */
  readonly snapshotEveryBlocks?: number;
  /** Where nodes that join may ask for headers, as `127.0.0.1:26657`; nowhere unless told. */
  readonly lightAddress?: string;
  readonly disk?: Disk;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/** A ledger that runs under CometBFT on the files of one folder. */
export interface CometbftHome {
  readonly engine: CometbftEngine;
  readonly machine: StateMachine;
  readonly archive: ChainArchive;
  /** Where each worker listens. */
  readonly addresses: readonly WorkerAddresses[];
  /** Process id of CometBFT; undefined while there is none. */
  enginePid(): number | undefined;
  /** Process id of what verifies signatures in batches; undefined while there is none. */
  signaturesPid(): number | undefined;
  /** Nodes that CometBFT is connected with; undefined while it cannot be asked. */
  peerCount(): Promise<number | undefined>;
  /** Height that the most advanced of them has reached; undefined while nobody says. */
  peerHeight(): Promise<Height | undefined>;
  /** Times that CometBFT ended and was started again. */
  engineRestarts(): number;
  /** Snapshots that other nodes may take. */
  readonly snapshots: SnapshotStore;
  /** Finishes what waits, ends CometBFT and lets go of the folder. */
  stop(): Promise<void>;
}

/** Longest path of a unix socket that every system takes. */
const SOCKET_PATH_MAX = 100;

/**
 * Opens the ledger of a folder and runs it under CometBFT: `ledger/` holds the log, `headers/` the
 * light blocks, `cometbft/` what is CometBFT's own, `lock` keeps others out; a ledger that
 * continues another one begins with what `first-state/` holds.
 *
 * @returns Once there is a block, which needs more than two thirds of the validators.
 * @throws WardError `HOME_LOCKED`, `FIRST_STATE_MISSING`, `ENGINE_MISSING`, `ENGINE_BROKEN`,
 * `STORAGE_DAMAGED`, and what `StateMachine.open` and `beginWith` refuse.
 */
export async function openCometbftHome(options: CometbftHomeOptions): Promise<CometbftHome> {
  const binary = options.binary ?? requireEngine();
  const lock = HomeLock.acquire(options.home);
  const sockets = socketFolder(options.home);
  const signatures = beginSignatures(join(sockets.path, 'signatures'));
  const letGo = async () => {
    await signatures?.stop();
    sockets.remove();
    lock.release();
  };
  try {
    const running = await run({ ...options, signatures }, binary, sockets.path);
    let stopped: Promise<void> | undefined;
    return {
      ...running,
      stop: () => {
        stopped ??= Promise.all([running.engine.stop(), running.door?.close()])
          .then(() => undefined)
          .finally(letGo);
        return stopped;
      },
    };
  } catch (error) {
    await letGo();
    throw error;
  }
}

/** The process that verifies in batches, where its program is; the threads verify without it. */
function beginSignatures(path: string): SignatureProcess | undefined {
  const binary = findSignatures();
  if (binary === undefined) return undefined;
  const process = new SignatureProcess(binary, path);
  process.start();
  return process;
}

interface RunOptions extends CometbftHomeOptions {
  readonly signatures: SignatureProcess | undefined;
}

async function run(options: RunOptions, binary: string, sockets: string) {
  const { home, genesis, crypto, disk = nodeDisk, retainedHeights, onLog } = options;
  const [applicationPath, rpcPath] = [join(sockets, 'abci'), join(sockets, 'rpc')];
  const folder = join(home, 'cometbft');
  const { peerAddress: listen, peers = [] } = options;
  const homeOptions = { ...options, folder, listen, peers, applicationPath, rpcPath };
  const watched = new WatchedStart(homeOptions);
  const storage = new FileStorage({ folder: join(home, 'ledger'), disk });
  const retained = retainedHeights === undefined ? {} : { retainedHeights };
  const machine = await openMachine(storage, { genesis, crypto, ...retained }, options);
  const segment = LightBlockStore.segmentBlocks(options.retainedBlocks);
  const store = new LightBlockStore(join(home, 'headers'), crypto, segment);
  const workers = new WorkerIngress({ ...options, signaturesPath: options.signatures?.path });
  const ingress = options.wrapIngress?.(workers) ?? workers;
  const rpc = new EngineRpc(rpcPath, crypto);
  const process = new EngineProcess({ binary, home: folder, rpcPath, onLog });
  const pool = new ContainerPool(crypto, authorsOf(machine));
  const verifier = new Verifier(ingress, crypto);
  const snapshots = new SnapshotStore(join(home, 'snapshots'), crypto);
  const retention = new BlockRetention(machine, join(folder, 'retention'));
  const parts = { machine, storage, store, pool, verifier, ingress, process, rpc, snapshots };
  const engine = new CometbftEngine({ ...options, ...parts, retention, applicationPath });
  watched.follow(engine, process, options.clock);
  const wal = new EngineWal(folder);
  engine.onBlock(() => wal.committed(machine.height));
  const archive = new ContainerArchive(machine, store, crypto);
  const door = await LightDoor.open(options.lightAddress, rpcPath);
  try {
    await engine.start();
  } catch (error) {
    await door?.close();
    throw error;
  }
  return {
    ...{ engine, machine, archive, addresses: workers.addresses },
    enginePid: () => process.pid,
    signaturesPid: () => options.signatures?.pid,
    peerCount: () => rpc.peerCount(),
    peerHeight: () => rpc.peerHeight(),
    engineRestarts: () => process.restarts,
    snapshots,
    door,
  };
}

/** Closes the storage when there is no ledger in it, and none can begin. */
async function openMachine(
  storage: FileStorage,
  options: Omit<Parameters<typeof StateMachine.open>[0], 'storage'>,
  { home, stateSync }: Pick<CometbftHomeOptions, 'home' | 'stateSync'>,
): Promise<StateMachine> {
  try {
    const machine = StateMachine.open({ storage, ...options });
    if (machine.isBegun) return machine;
    const first = new FirstStateFiles(join(home, 'first-state'), options.crypto).read();
    if (first !== undefined) {
      machine.beginWith(first);
      await storage.flush();
    } else if (stateSync === undefined) throw refuse('FIRST_STATE_MISSING');
    return machine;
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** Where sockets lie: in the home, unless its path is too long for one. */
function socketFolder(home: string): { readonly path: string; remove(): void } {
  const own = join(home, 'sockets');
  if (join(own, 'abci').length <= SOCKET_PATH_MAX) {
    mkdirSync(own, { recursive: true, mode: 0o700 });
    return { path: own, remove() {} };
  }
  const path = mkdtempSync(join(tmpdir(), 'ward-sockets-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
