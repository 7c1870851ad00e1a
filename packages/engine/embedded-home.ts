import { join } from 'node:path';
import type { StateMachine } from '@ward/ledger';
import type { Genesis } from '@ward/ledger/schema';
import type { Clock, Crypto } from '@ward/protocol';
import { HomeLock } from '@ward/protocol/home-lock';
import type { EmbeddedEngine } from './embedded/embedded-engine.ts';
import type { Ingress } from './embedded/ingress/ingress.ts';
import { WorkerIngress } from './embedded/ingress/worker-ingress.ts';
import type { ListenAddress, WorkerAddresses } from './embedded/ingress/worker-messages.ts';
import { FileSigningGuard } from './embedded/signing-guard.ts';
import { startEmbedded } from './embedded/start-embedded.ts';
import type { UpkeepOptions } from './embedded/upkeep.ts';
import type { EngineWatch } from './engine-watch.ts';
import type { BlockArchive } from './queries/block-archive.ts';
import type { Disk } from './storage/disk.ts';
import { FileStorage } from './storage/file-storage.ts';
import { nodeDisk } from './storage/node-disk.ts';

export interface EmbeddedHomeOptions extends UpkeepOptions {
  /** Folder of the ledger's own: made where there is none, locked while it is open. */
  readonly home: string;
  readonly genesis: Genesis;
  /** 32 bytes: the key of the one validator that the genesis names. */
  readonly validatorSeed: Uint8Array;
  /** Sockets for services; none unless told. */
  readonly listen?: ListenAddress;
  /** Threads that verify; by the number of cores unless told. */
  readonly workers?: number;
  /** Puts something of the node's own around the doors, as a quota. */
  readonly wrapIngress?: (inner: Ingress) => Ingress;
  /** How long there may be no block, in milliseconds. */
  readonly idleBlockMs?: number;
  readonly watch?: EngineWatch;
  /** States that can be read and proved; see `StateMachine.open`. */
  readonly retainedHeights?: number;
  readonly disk?: Disk;
  readonly clock: Clock;
  readonly crypto: Crypto;
}

/** A ledger that runs on the files of one folder. */
export interface EmbeddedHome {
  readonly engine: EmbeddedEngine;
  readonly machine: StateMachine;
  readonly archive: BlockArchive;
  /** Where each worker listens. */
  readonly addresses: readonly WorkerAddresses[];
  /** Finishes what waits, makes it durable and lets go of the folder. */
  stop(): Promise<void>;
}

/**
 * Opens the ledger of a folder and runs it: `ledger/` holds the log, `validator-state` what the
 * validator signed last, `lock` keeps others out.
 *
 * @throws WardError `HOME_LOCKED`, `STORAGE_DAMAGED`, `SIGNING_STATE_INVALID`, `SIGNED_AHEAD`,
 * `SIGNED_OTHERWISE`, `VALIDATOR_MISMATCH`, and what `StateMachine.open` refuses.
 */
export async function openEmbeddedHome(options: EmbeddedHomeOptions): Promise<EmbeddedHome> {
  const lock = HomeLock.acquire(options.home);
  try {
    const home = await runHome(options);
    let stopped: Promise<void> | undefined;
    return {
      ...home,
      stop: () => {
        stopped ??= home.stop().finally(() => lock.release());
        return stopped;
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function runHome(options: EmbeddedHomeOptions): Promise<EmbeddedHome> {
  const { home, disk = nodeDisk } = options;
  const storage = new FileStorage({ folder: join(home, 'ledger'), disk });
  const guard = new FileSigningGuard(join(home, 'validator-state'), disk);
  const workers = new WorkerIngress(options);
  const ingress = options.wrapIngress?.(workers) ?? workers;
  const running = await startEmbedded({ ...options, storage, guard, ingress });
  const { addresses } = workers;
  return { ...running, addresses, stop: () => running.engine.stop() };
}
