import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { StateMachine } from '@ward/ledger';
import { type ConsensusRules, DEFAULT_CONSENSUS, networkState } from '@ward/ledger/schema';
import { defineFormat, type FormatOf, field, type Height } from '@ward/protocol';
import { isFull } from '../storage/disk.ts';

/** Heights that are remembered: from each to the next is a part of the time evidence may come. */
const MARKS_MAX = 1024;
const MARK_PART = 64;
const OWNER_ONLY = 0o600;

const Marks = defineFormat('retention-marks', 1, {
  marks: field.list(field.struct({ height: field.integer(1), time: field.integer(0) }), {
    max: MARKS_MAX,
  }),
});
type Mark = FormatOf<typeof Marks>['marks'][number];

/**
 * Which blocks CometBFT need not keep: those that the ledger has pruned, once whatever a validator
 * did in them is too old to be evidence. A node that lacks a block for which evidence may come
 * would vote otherwise than the others. The ledger may prune long before: then heights are
 * remembered, with their times, until it is their turn.
 */
export class BlockRetention {
  readonly #machine: StateMachine;
  readonly #path: string | undefined;
  /** The oldest first. */
  readonly #marks: Mark[];

  /** @param path Of the file that remembers over a restart; nothing does unless told. */
  constructor(machine: StateMachine, path?: string) {
    this.#machine = machine;
    this.#path = path;
    this.#marks = path === undefined ? [] : load(path).filter((one) => one.time <= machine.time);
  }

  /** Height below which CometBFT may forget; 0 keeps everything. */
  height(): Height {
    const rules = this.#machine.read(networkState.consensus) ?? DEFAULT_CONSENSUS;
    const isChanged = [this.#mark(rules), this.#drop(rules)].includes(true);
    if (isChanged && this.#path !== undefined) save(this.#path, this.#marks);
    const oldest = this.#marks[0];
    return oldest !== undefined && this.#isExpired(oldest, rules) ? oldest.height : 0;
  }

  /** Remembers the oldest block of the ledger. @returns Whether that is new. */
  #mark({ evidenceSecondsMax }: ConsensusRules): boolean {
    const { oldestBlock: height } = this.#machine;
    const last = this.#marks.at(-1);
    if (height <= 1 || height > this.#machine.height || height === last?.height) return false;
    if (this.#marks.length >= MARKS_MAX) return false;
    const { time } = this.#machine.block(height)!;
    if (last !== undefined && time < last.time + evidenceSecondsMax / MARK_PART) return false;
    this.#marks.push({ height, time });
    return true;
  }

  /** Drops what a later one, which is expired too, stands for. @returns Whether there was any. */
  #drop(rules: ConsensusRules): boolean {
    const before = this.#marks.length;
    while (this.#marks.length > 1 && this.#isExpired(this.#marks[1]!, rules)) this.#marks.shift();
    return this.#marks.length < before;
  }

  #isExpired({ height, time }: Mark, rules: ConsensusRules): boolean {
    const { evidenceBlocksMax, evidenceSecondsMax } = rules;
    const machine = this.#machine;
    return machine.height - height > evidenceBlocksMax && machine.time - time > evidenceSecondsMax;
  }
}

/** What is not there, or cannot be read, is begun anew: CometBFT keeps more for a while. */
function load(path: string): readonly Mark[] {
  try {
    return Marks.decode(readFileSync(path)).marks;
  } catch {
    return [];
  }
}

/** A full disk is no reason to end: what is not remembered only lets CometBFT keep more. */
function save(path: string, marks: readonly Mark[]): void {
  try {
    writeFileSync(`${path}.new`, Marks.encode({ marks }), { mode: OWNER_ONLY });
    renameSync(`${path}.new`, path);
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}
