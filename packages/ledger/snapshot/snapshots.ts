import type { Height, Seconds } from '@ward/protocol';
import type { BlockLog, JoinedPoint } from '../log/block-log.ts';
import { REMEMBERED_SECONDS } from '../log/recovery.ts';
import { refuse } from './errors.ts';
import { type IntakeOptions, SnapshotIntake } from './snapshot-intake.ts';
import { SnapshotMaker } from './snapshot-maker.ts';

/** Where a ledger stands, and what changes it from outside of its blocks. */
export interface SnapshotsOptions
  extends Omit<IntakeOptions, 'snapshot' | 'lightBlock' | 'onWhole'> {
  readonly newest: () => { readonly height: Height; readonly time: Seconds };
  /** Height of the last block of the ledger that this one continues, else 0. */
  readonly base: Height;
  /** The ledger is at the snapshot's height now. */
  readonly onWhole: (ids: Parameters<IntakeOptions['onWhole']>[0], point: JoinedPoint) => void;
}

/** Snapshots of one ledger: made for others, taken from others. */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #log: BlockLog;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#log = options.log;
  }

  /**
   * Where this ledger was taken over from others; undefined where it has all blocks from the first
   * on, or no longer any of so long ago.
   */
  get joined(): JoinedPoint | undefined {
    return this.#log.joined;
  }

  /**
   * Begins a snapshot of the newest state. Until {@link SnapshotMaker.next} has no more the memory
   * of what blocks replace meanwhile is held, and the log must not be pruned.
   *
   * @param bodyBytesMax As all nodes of a network have it; a test may want more chunks.
   * @throws WardError `SNAPSHOT_NOT_READY`.
   */
  make(bodyBytesMax?: number): SnapshotMaker {
    const { tree, newest } = this.#options;
    const { height, time } = newest();
    if (height === 0 || this.#lacksIds()) throw refuse('SNAPSHOT_NOT_READY', { height });
    const version = tree.versions.at(-1)!;
    tree.hold(version.height, 'snapshot');
    return new SnapshotMaker(this.#options, { height, time, version }, bodyBytesMax);
  }

  /** Whether an id is remembered of a block that is not here. */
  #lacksIds(): boolean {
    const { base, newest } = this.#options;
    const { height, time } = newest();
    const { joined } = this.#log;
    if (joined === undefined || joined.time + REMEMBERED_SECONDS <= time) return false;
    // A ledger that continues another one begins without the ids of that one.
    return joined.height >= base || height < base;
  }

  /** Gives back what a snapshot held, whole or not. */
  release(): void {
    this.#options.tree.hold(undefined, 'snapshot');
  }

  /**
   * Begins to take a snapshot in the place of the ledger's own state, which is gone from memory at
   * once; in the log it stays until the snapshot is whole.
   *
   * @param lightBlock What stands in the log in the place of the height's light block.
   * @throws WardError `SNAPSHOT_INVALID` for one of a height before the ledger's.
   */
  take(own: Pick<IntakeOptions, 'snapshot' | 'lightBlock'>): SnapshotIntake {
    const { height, time } = own.snapshot;
    if (height < this.#options.newest().height) throw refuse('SNAPSHOT_INVALID', { chunk: 0 });
    const point = { height, time, lightBlock: own.lightBlock };
    const onWhole: IntakeOptions['onWhole'] = (ids) => this.#options.onWhole(ids, point);
    return new SnapshotIntake({ ...this.#options, ...own, onWhole });
  }
}
