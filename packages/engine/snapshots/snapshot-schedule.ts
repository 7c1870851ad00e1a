import { setTimeout as wait } from 'node:timers/promises';
import type { SnapshotMaker, StateMachine } from '@ward/ledger';
import { type BlockHeader, type Height, WardError } from '@ward/protocol';
import type { SnapshotStore } from './snapshot-store.ts';

export interface SnapshotScheduleOptions {
  readonly machine: StateMachine;
  readonly snapshots: SnapshotStore;
  /** Header of a block that was committed; undefined while it is not here. */
  readonly header: (height: Height) => BlockHeader | undefined;
  /**
   * There is one at each height that is a multiple; the same on all nodes of a network, so that a
   * node that joins finds the same snapshot at several of them. None unless told. Of a chain that
   * continues another one there is one more, soon behind its first block: who joins cannot begin
   * with its genesis alone.
   */
  readonly everyBlocks?: number | undefined;
  /** Snapshots that are kept; two unless told. */
  readonly kept?: number | undefined;
}

const KEPT = 2;
/** Between two chunks everything else has its turn, for so many times as long as a chunk took. */
const PAUSE_FACTOR = 2;
const HEADER_PAUSE_MS = 50;

/** Blocks of a chain that continues another one until it has a snapshot. */
const FIRST_BLOCKS = 5;

/** Makes snapshots beside the blocks, one at a time. */
export class SnapshotSchedule {
  readonly #options: SnapshotScheduleOptions;
  #making: Promise<Height | undefined> | undefined;
  #isStopped = false;

  constructor(options: SnapshotScheduleOptions) {
    this.#options = options;
  }

  /** While it is, the log must not be pruned. */
  get isMaking(): boolean {
    return this.#making !== undefined;
  }

  /** A block was committed: begins a snapshot if one is due. */
  committed(height: Height): void {
    const { everyBlocks, machine } = this.#options;
    if (everyBlocks === undefined || this.isMaking) return;
    const isFirst = machine.base > 0 && height === machine.base + FIRST_BLOCKS;
    if (!isFirst && height % everyBlocks !== 0) return;
    this.make().catch((error) => {
      // A node that joined a moment ago leaves it to the others.
      if (!(error instanceof WardError)) throw error;
    });
  }

  /**
   * Makes one of the newest state; the one that is being made, if there is one.
   *
   * @returns Its height, once it can be taken; undefined where it was ended before.
   * @throws WardError `SNAPSHOT_NOT_READY`, `LOG_CORRUPT`.
   */
  make(): Promise<Height | undefined> {
    this.#making ??= this.#make().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #make(): Promise<Height | undefined> {
    const { machine } = this.#options;
    const maker = machine.snapshots.make();
    try {
      return (await this.#write(maker)) ? maker.height : undefined;
    } finally {
      machine.snapshots.release();
    }
  }

  async #write(maker: SnapshotMaker): Promise<boolean> {
    const { snapshots, header: headerAt, kept = KEPT } = this.#options;
    const { height } = maker;
    const writer = snapshots.begin(height);
    for (;;) {
      const startMs = performance.now();
      const chunk = maker.next();
      if (chunk === undefined) break;
      writer.add(chunk);
      await wait(PAUSE_FACTOR * (performance.now() - startMs));
      if (this.#isStopped) return false;
    }
    let header = headerAt(height);
    for (; header === undefined && !this.#isStopped; header = headerAt(height)) {
      await wait(HEADER_PAUSE_MS);
    }
    if (header === undefined) return false;
    writer.finish({ snapshot: maker.snapshot, header });
    snapshots.keep(kept);
    return true;
  }

  /** Ends what is being made; what there is of it is removed at the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#making?.catch(() => undefined);
  }
}
