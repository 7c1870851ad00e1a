import type { BlockInput, BlockOutcome, StateMachine } from '@ward/ledger';
import { networkState } from '@ward/ledger/schema';
import { equalBytes, toHex } from '@ward/protocol';
import { verdictOf } from '../../test-chain.ts';
import type { Cast } from './cast.ts';
import { releaseNow } from './naive-actions.ts';
import type { NaiveRecord } from './naive-state.ts';
import { laterSlots } from './next-release.ts';
import type { Replica } from './replica.ts';
import type { SimulatedValidators } from './simulated-validators.ts';
import type { Tally } from './tally.ts';

/** A block that was decided, and what must come of it on every node. */
export interface DecidedBlock {
  readonly block: BlockInput;
  /** By the naive ledger. */
  readonly verdicts: readonly string[];
  readonly written: readonly NaiveRecord[];
  /** Software that must execute it; undefined where anybody may. */
  readonly release: string | undefined;
  /** By the first node that executed it. */
  outcome?: BlockOutcome;
}

/** The blocks of a simulation, with what the naive ledger says of each. */
export class DecidedChain {
  readonly #cast: Cast;
  readonly #validators: SimulatedValidators;
  readonly #tally: Tally;
  readonly #blocks: DecidedBlock[] = [];

  constructor(cast: Cast, validators: SimulatedValidators, tally: Tally) {
    this.#cast = cast;
    this.#validators = validators;
    this.#tally = tally;
  }

  get height(): number {
    return this.#blocks.length;
  }

  get time(): number {
    return this.#blocks.at(-1)?.block.time ?? this.#cast.ledger.genesis.time;
  }

  at(height: number): DecidedBlock {
    return this.#blocks[height - 1]!;
  }

  /** Adds a block, which the naive ledger executes at once. */
  decide(block: BlockInput): void {
    const { naive, isGoverned } = this.#cast;
    const release = isGoverned ? releaseNow(naive.state, block.height).current : undefined;
    const { verdicts, written } = naive.execute(block);
    this.#blocks.push({ block, verdicts, written, release });
    for (const code of verdicts) this.#tally.verdict(code);
    const ids = block.transactions.map(({ id }) => toHex(id.subarray(0, 8)));
    this.#tally.note('block', block.height, block.time, ...ids, ...verdicts);
  }

  /** Holds what a node came to against the naive ledger, or against the node that was first. */
  check(height: number, outcome: BlockOutcome, { machine, index }: Replica): void {
    const decided = this.at(height);
    if (decided.outcome !== undefined) {
      expectSame(outcome, decided.outcome, `node ${index} at ${height}`);
      return;
    }
    decided.outcome = outcome;
    const verdicts = outcome.results.map(verdictOf);
    for (const [i, verdict] of verdicts.entries()) {
      if (verdict === decided.verdicts[i]) continue;
      const where = `transaction ${i} of block ${height}`;
      throw new Error(`${where}: ${verdict}, and ${decided.verdicts[i]} by the naive ledger`);
    }
    // A later block may be decided already: then the naive ledger is ahead of these records.
    for (const record of decided.written) checkRecord(machine!, record, height);
    this.#validators.take(outcome.validatorUpdates);
    const { consensus } = networkState;
    const written = decided.written.find(({ collection }) => collection.name === consensus.name);
    if ((written === undefined) !== (outcome.consensusParameters === undefined)) {
      throw new Error(`the engine is not told of its parameters at ${height}`);
    }
    this.#tally.note('executed', height, toHex(outcome.appHash));
  }

  /** The whole state of a node that has come to the end. */
  checkWhole(machine: StateMachine): void {
    let records = 0;
    for (const record of this.#cast.naive.state.all()) {
      checkRecord(machine, record, machine.height);
      records++;
    }
    let kept = 0;
    for (const { key } of machine.entries()) {
      if (!isOfLedger(key)) kept++;
    }
    if (kept !== records) throw new Error(`${kept} records, and ${records} in the naive ledger`);
  }
}

const LEDGER = Buffer.from('\u0006ledger');

/** What the state machine keeps for itself: replays and versions. */
function isOfLedger(key: Uint8Array): boolean {
  return LEDGER.equals(key.subarray(0, LEDGER.length));
}

function checkRecord(machine: StateMachine, record: NaiveRecord, height: number): void {
  const { collection, parts, value } = record;
  const found = machine.read(collection, ...parts);
  const isSame =
    found !== null && equalBytes(collection.value.encode(found), collection.value.encode(value));
  if (isSame) return;
  const name = `${collection.contract}/${collection.name}/${parts.map(toHex).join('/')}`;
  throw new Error(`${name} at ${height} is another record than in the naive ledger`);
}

/** Slots that still stand as the release before wrote them. */
export function unmigratedSlots(machine: StateMachine): number {
  const prefix = Buffer.from(laterSlots.key());
  let count = 0;
  for (const { key, value } of machine.entries()) {
    if (prefix.equals(key.subarray(0, prefix.length)) && value[1] === 1) count++;
  }
  return count;
}

function expectSame(one: BlockOutcome, other: BlockOutcome, where: string): void {
  const differs = (what: string) => new Error(`${where} has another ${what}`);
  if (!equalBytes(one.appHash, other.appHash)) throw differs('app hash');
  const areResults = one.results.every(({ code, data }, i) => {
    const { code: otherCode, data: otherData } = other.results[i]!;
    return code === otherCode && equalBytes(data, otherData);
  });
  if (!areResults) throw differs('result');
  const eventsOf = ({ events }: BlockOutcome) => events.flat();
  const [own, others] = [eventsOf(one), eventsOf(other)];
  const areEvents = own.every((event, i) => {
    const known = others[i];
    return event.name === known?.name && equalBytes(event.body, known.body);
  });
  if (own.length !== others.length || !areEvents) throw differs('event');
  const updates = one.validatorUpdates.every(({ publicKey, power }, i) => {
    const known = other.validatorUpdates[i];
    return known?.power === power && equalBytes(known.publicKey, publicKey);
  });
  const isSameCount = one.validatorUpdates.length === other.validatorUpdates.length;
  if (!isSameCount || !updates) throw differs('set of validators');
}
