import type { ChartId, Digest, Seconds } from '@ward/protocol';
import type { DurableDatabase } from '@ward/server';
import type { BlobPlace } from '../blobs/pack-writer.ts';
import type { ObjectKind } from './named-object.ts';
import { ALL_CHARTS } from './quotas.ts';

/** An object as the index knows it. */
export interface StoredObject extends BlobPlace {
  readonly chart: ChartId;
  readonly name: Digest;
  readonly kind: ObjectKind;
  readonly bodies: Uint8Array | null;
  readonly holder: Uint8Array;
  readonly isDamaged: boolean;
}

/** Something that the owner had deleted. */
export interface Deletion extends BlobPlace {
  readonly chart: ChartId;
  readonly name: Digest;
  /** Number of the body; -1 for the whole object. */
  readonly body: number;
  /** What the receipt names: the object, or the body. */
  readonly digest: Digest;
  readonly time: Seconds;
  /** The bytes are gone too. */
  readonly isDone: boolean;
}

export const WHOLE_OBJECT = -1;

type Row = { readonly [column: string]: unknown };

const OBJECT_COLUMNS = 'chart, name, kind, blob, place, size, bodies, holder, damaged';

function objectOf(row: Row): StoredObject {
  const { place, damaged, ...rest } = row;
  return { ...rest, offset: place, isDamaged: damaged === 1 } as unknown as StoredObject;
}

function deletionOf(row: Row): Deletion {
  const { place, done, ...rest } = row;
  return { ...rest, offset: place, isDone: done === 1 } as unknown as Deletion;
}

/** Statements about objects and deletions; what changes something runs inside a transaction. */
export class ObjectIndex {
  readonly #byChart;
  readonly #byName;
  readonly #after;
  readonly #inBlob;
  readonly #put;
  readonly #remove;
  readonly #damage;
  readonly #deletion;
  readonly #punched;
  readonly #deletionsToDo;
  readonly #putDeletion;
  readonly #finishDeletion;
  readonly #totals;
  readonly #damaged;

  constructor(index: DurableDatabase) {
    const select = (where: string) =>
      index.prepare(`SELECT ${OBJECT_COLUMNS} FROM objects WHERE ${where}`);
    this.#byChart = select('chart = ? AND name = ?');
    this.#byName = select('name = ? ORDER BY damaged');
    this.#after = select('(blob, place) > (?, ?) ORDER BY blob, place LIMIT ?');
    this.#inBlob = index.prepare('SELECT count(*) AS count FROM objects WHERE blob = ?');
    this.#put = index.prepare(`
      INSERT INTO objects (chart, name, kind, blob, place, size, bodies, holder, time)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
      ON CONFLICT DO UPDATE SET blob = ?4, place = ?5, damaged = 0 WHERE damaged = 1
    `);
    this.#remove = index.prepare('DELETE FROM objects WHERE chart = ? AND name = ?');
    this.#damage = index.prepare('UPDATE objects SET damaged = 1 WHERE chart = ? AND name = ?');
    const deletions =
      'SELECT chart, name, body, digest, time, blob, place, size, done FROM deletions';
    this.#deletion = index.prepare(`${deletions} WHERE chart = ? AND name = ? AND body = ?`);
    this.#punched = index.prepare(
      'SELECT body FROM deletions WHERE chart = ? AND name = ? AND body >= 0',
    );
    this.#deletionsToDo = index.prepare(`${deletions} WHERE done = 0`);
    this.#putDeletion = index.prepare(`
      INSERT INTO deletions (chart, name, body, digest, time, blob, place, size)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    `);
    this.#finishDeletion = index.prepare(
      'UPDATE deletions SET done = 1 WHERE chart = ? AND name = ? AND body = ?',
    );
    this.#totals = index.prepare(`
      SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(objects), 0) AS objects
      FROM usage WHERE chart = ?
    `);
    this.#damaged = index.prepare('SELECT count(*) AS count FROM objects WHERE damaged = 1');
  }

  find(chart: ChartId, name: Digest): StoredObject | undefined {
    const row = this.#byChart.get(chart, name);
    return row === undefined ? undefined : objectOf(row);
  }

  /** Every chart's object of this name, sound ones first. */
  findAll(name: Digest): StoredObject[] {
    return this.#byName.all(name).map(objectOf);
  }

  /** Some objects behind a place, in the order of their places. */
  page(after: { blob: string; offset: number }, count: number): StoredObject[] {
    return this.#after.all(after.blob, after.offset, count).map(objectOf);
  }

  isBlobUsed(blob: string): boolean {
    return (this.#inBlob.get(blob) as { count: number }).count > 0;
  }

  /** @returns Whether it is new: the same object twice is stored once, a damaged one is mended. */
  put(object: Omit<StoredObject, 'isDamaged'>, time: Seconds): boolean {
    const { chart, name, kind, blob, offset, size, bodies, holder } = object;
    const isNew = this.find(chart, name) === undefined;
    this.#put.run(chart, name, kind, blob, offset, size, bodies, holder, time);
    return isNew;
  }

  remove({ chart, name }: StoredObject): void {
    this.#remove.run(chart, name);
  }

  markDamaged({ chart, name }: StoredObject): void {
    this.#damage.run(chart, name);
  }

  deletion(chart: ChartId, name: Digest, body: number): Deletion | undefined {
    const row = this.#deletion.get(chart, name, body);
    return row === undefined ? undefined : deletionOf(row);
  }

  /** Numbers of the bodies that were punched out of a packed object. */
  punchedBodies(chart: ChartId, name: Digest): number[] {
    return this.#punched.all(chart, name).map((row) => (row as { body: number }).body);
  }

  /** Deletions whose bytes may still be there: the process died before they were gone. */
  deletionsToDo(): Deletion[] {
    return this.#deletionsToDo.all().map(deletionOf);
  }

  putDeletion({ chart, name, body, digest, time, blob, offset, size }: Omit<Deletion, 'isDone'>) {
    this.#putDeletion.run(chart, name, body, digest, time, blob, offset, size);
  }

  finishDeletion({ chart, name, body }: Deletion): void {
    this.#finishDeletion.run(chart, name, body);
  }

  /** Objects that are set aside, counted by looking at each. */
  damagedCount(): number {
    return (this.#damaged.get() as { count: number }).count;
  }

  totals(): { readonly bytes: number; readonly objects: number } {
    return this.#totals.get(ALL_CHARTS) as { bytes: number; objects: number };
  }
}
