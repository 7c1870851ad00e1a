import {
  type BindContracts,
  type BlockInput,
  type BlockOutcome,
  type SnapshotIntake,
  StateMachine,
  type VerifiedTransaction,
} from '@ward/ledger';
import { type Genesis, RELEASE } from '@ward/ledger/schema';
import { type Crypto, equalBytes, toHex, WardError } from '@ward/protocol';
import type { SeededRandom } from '../../seeded-random.ts';
import { PowerLost } from '../../simulated-disk.ts';
import { bindNextRelease } from './next-release.ts';
import { SimulatedStorage } from './simulated-storage.ts';

/** Stands in the place of a signed header: the ledger only keeps it. */
const LIGHT_BLOCK = new Uint8Array(120).fill(0x22);
const RETAINED_HEIGHTS = 6;
/** Small, so that a snapshot has several chunks. */
const CHUNK_BYTES_MIN = 500;
const CHUNK_BYTES_MORE = 8000;

export interface ReplicaOptions {
  readonly index: number;
  readonly genesis: Genesis;
  readonly crypto: Crypto;
  readonly random: SeededRandom;
  /** Holds every block against the contracts' invariants. */
  readonly checksInvariants: boolean;
  /** Of the first release, in place of the built-in ones. */
  readonly contracts?: BindContracts;
}

/** One node's state machine on its disk; down between a crash and a start. */
export class Replica {
  readonly index: number;
  readonly #options: ReplicaOptions;
  storage: SimulatedStorage;
  /** Undefined while it is down. */
  machine: StateMachine | undefined;
  /** Software that is installed. */
  release = RELEASE;
  /** What waits for a place in a block, by id. */
  readonly pool = new Map<string, VerifiedTransaction>();
  /** Seconds by which its clock is wrong. */
  skew = 0;
  /** Height that was durable when it was acknowledged last. */
  acknowledged = 0;

  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.index = options.index;
    this.storage = new SimulatedStorage(options.random);
    this.start();
  }

  get isUp(): boolean {
    return this.machine !== undefined;
  }

  get height(): number {
    return this.machine?.height ?? 0;
  }

  /** Opens what is on its disk. @throws PowerLost. */
  start(): void {
    const { genesis, crypto, checksInvariants, contracts } = this.#options;
    const bind = this.release === RELEASE ? contracts : bindNextRelease;
    this.machine = StateMachine.open({
      ...{ storage: this.storage, genesis, crypto, checksInvariants, release: this.release },
      retainedHeights: RETAINED_HEIGHTS,
      ...(bind === undefined ? {} : { contracts: bind }),
    });
    this.storage.sync();
    if (this.machine.height < this.acknowledged) {
      throw new Error(`node ${this.index} lost height ${this.acknowledged}, which it acknowledged`);
    }
  }

  /** The process ends; its memory is gone, and with the power what was not durable. */
  crash({ losesPower }: { readonly losesPower: boolean }): void {
    this.machine = undefined;
    this.pool.clear();
    this.storage = losesPower ? this.storage.afterPowerLoss() : this.storage.afterKill();
  }

  /** Takes over the disk of another. */
  copyFrom(other: Replica): void {
    this.machine = undefined;
    this.pool.clear();
    this.storage = other.storage.afterKill();
    this.release = other.release;
  }

  /**
   * Takes a snapshot of another, chunk by chunk, some of them damaged at first; into an empty disk,
   * or behind its own log. @throws PowerLost in the middle of it.
   */
  joinFrom(other: Replica, { isWiped }: { readonly isWiped: boolean }): void {
    const { random } = this.#options;
    const { snapshots } = other.machine!;
    const maker = snapshots.make(CHUNK_BYTES_MIN + random.below(CHUNK_BYTES_MORE));
    const chunks: Uint8Array[] = [];
    for (let chunk = maker.next(); chunk !== undefined; chunk = maker.next()) chunks.push(chunk);
    snapshots.release();
    this.crash({ losesPower: false });
    this.release = other.release;
    if (isWiped) {
      this.storage = new SimulatedStorage(random);
      this.acknowledged = 0;
    }
    this.start();
    const { snapshot } = maker;
    if (snapshot.height < this.machine!.height) {
      const take = () => this.machine!.snapshots.take({ snapshot, lightBlock: LIGHT_BLOCK });
      if (codeOfWork(take) !== 'SNAPSHOT_INVALID') throw new Error('a ledger went back');
      return;
    }
    const intake = this.machine!.snapshots.take({ snapshot, lightBlock: LIGHT_BLOCK });
    for (const chunk of chunks) {
      if (random.below(6) === 0) refuseDamaged(intake, chunk, random);
      intake.take(chunk);
    }
    if (!intake.isWhole) throw new Error(`node ${this.index} took all chunks and has no whole`);
    this.storage.sync();
    this.acknowledged = snapshot.height;
  }

  /** Executes and keeps a block; what it came to. @throws PowerLost in the middle of it. */
  follow(block: BlockInput): BlockOutcome {
    const machine = this.machine!;
    const outcome = machine.execute(block);
    machine.commit({ lightBlock: LIGHT_BLOCK });
    this.storage.sync();
    this.acknowledged = block.height;
    for (const { id } of block.transactions) this.pool.delete(toHex(id));
    return outcome;
  }

  /** Something that may lose the power half way. @returns False where it did. */
  survives(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof PowerLost)) throw error;
      this.crash({ losesPower: true });
      return false;
    }
  }

  /** Whether two of them keep the same state. */
  isLike(other: Replica): boolean {
    return equalBytes(this.machine!.appHash, other.machine!.appHash);
  }
}

function refuseDamaged(intake: SnapshotIntake, chunk: Uint8Array, random: SeededRandom): void {
  const damaged = chunk.slice();
  damaged[random.below(damaged.length)]! ^= 1 << random.below(8);
  const { next } = intake;
  const code = codeOfWork(() => intake.take(damaged));
  if (code === undefined || intake.next !== next) throw new Error('a damaged chunk is taken');
}

/** The code with which work is refused; undefined where it is done. */
export function codeOfWork(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof WardError) return error.code;
    throw error;
  }
}
