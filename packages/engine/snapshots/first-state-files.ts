import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FirstState, refuseSnapshot, type StateMachine } from '@ward/ledger';
import { PromotionAnswer } from '@ward/ledger/schema';
import type { Crypto } from '@ward/protocol';
import { nodeDisk } from '../storage/node-disk.ts';
import { SnapshotStore } from './snapshot-store.ts';

const SNAPSHOTS = 'snapshots';
const PROMOTION = 'promotion';

/**
 * What a ledger begins with that continues another one, in a folder: the old ledger's last state in
 * chunks, and `promotion`, which is written last and says that all of it is there.
 */
export class FirstStateFiles {
  readonly #folder: string;
  readonly #crypto: Crypto;

  constructor(folder: string, crypto: Crypto) {
    this.#folder = folder;
    this.#crypto = crypto;
  }

  /** How the old ledger went on; undefined where the folder is not whole. */
  promotion(): PromotionAnswer | undefined {
    const path = join(this.#folder, PROMOTION);
    return existsSync(path) ? PromotionAnswer.decode(readFileSync(path)) : undefined;
  }

  /** Writes what a ledger holds that ended. */
  write(machine: StateMachine, promotion: PromotionAnswer): void {
    const store = new SnapshotStore(join(this.#folder, SNAPSHOTS), this.#crypto);
    const { header } = promotion.last;
    const writer = store.begin(header.height);
    const maker = machine.snapshots.make();
    try {
      for (let chunk = maker.next(); chunk !== undefined; chunk = maker.next()) writer.add(chunk);
    } finally {
      machine.snapshots.release();
    }
    writer.finish({ snapshot: maker.snapshot, header });
    this.finish(promotion);
  }

  /** Makes what is there durable, and says that it is whole. */
  finish(promotion: PromotionAnswer): void {
    const folder = join(this.#folder, SNAPSHOTS, String(promotion.last.header.height));
    for (const name of readdirSync(folder)) {
      const file = nodeDisk.open(join(folder, name));
      file.syncNow();
      file.close();
    }
    for (const own of [folder, join(this.#folder, SNAPSHOTS)]) nodeDisk.syncFolder(own);
    nodeDisk.replace(join(this.#folder, PROMOTION), PromotionAnswer.encode(promotion));
  }

  /**
   * What `StateMachine.beginWith` takes; undefined where the folder is not whole.
   *
   * @throws WardError `SNAPSHOT_INVALID` for a chunk that rotted, when it is its turn.
   */
  read(): FirstState | undefined {
    const last = this.promotion()?.last.header;
    if (last === undefined) return undefined;
    const store = new SnapshotStore(join(this.#folder, SNAPSHOTS), this.#crypto);
    const listed = store.list().find(({ snapshot }) => snapshot.height === last.height);
    if (listed === undefined) throw refuseSnapshot('SNAPSHOT_INVALID', { chunk: 0 });
    const { snapshot, chunks } = listed;
    return { last, snapshot, chunks: chunksOf(store, snapshot.height, chunks) };
  }
}

function* chunksOf(store: SnapshotStore, height: number, count: number): Generator<Uint8Array> {
  for (let number = 0; number < count; number++) {
    const chunk = store.chunk(height, number);
    if (chunk === undefined) throw refuseSnapshot('SNAPSHOT_INVALID', { chunk: number });
    yield chunk;
  }
}
