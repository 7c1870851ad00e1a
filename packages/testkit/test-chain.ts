import {
  type BlockOutcome,
  type BlockReport,
  MemoryStorage,
  StateMachine,
  type StateMachineOptions,
  type Storage,
  type VerifiedTransaction,
} from '@ward/ledger';
import { Outcome } from '@ward/ledger/schema';
import type { Seconds, TransactionResult } from '@ward/protocol';
import { TEST_TIME, type TestLedger } from './test-ledger.ts';

/** Stands in the place of a signed header where a test does not look at it. */
export const TEST_LIGHT_BLOCK = new Uint8Array(600).fill(0x11);

/** `applied`, or the code of the refusal. */
export function verdictOf({ data }: TransactionResult): string {
  const { verdict } = Outcome.decode(data);
  return verdict.kind === 'applied' ? 'applied' : verdict.code;
}

type Options = Partial<Omit<StateMachineOptions, 'crypto' | 'genesis' | 'storage'>>;

/** A state machine with the simplest engine: whatever it is given is the next block. */
export class TestChain {
  readonly ledger: TestLedger;
  readonly storage: Storage;
  readonly #options: Options;
  machine: StateMachine;
  /** Time of the next block. */
  time: Seconds = TEST_TIME + 1;

  constructor(ledger: TestLedger, options: Options = {}, storage: Storage = new MemoryStorage()) {
    this.ledger = ledger;
    this.storage = storage;
    this.#options = { checksInvariants: true, ...options };
    this.machine = this.#open();
  }

  #open(): StateMachine {
    const { crypto, genesis } = this.ledger;
    return StateMachine.open({ storage: this.storage, crypto, genesis, ...this.#options });
  }

  /** Forgets everything that is not in the log. */
  restart(): void {
    this.machine = this.#open();
  }

  /** Executes and commits the next block. */
  block(transactions: readonly VerifiedTransaction[] = [], report: BlockReport = {}): BlockOutcome {
    const height = this.machine.height + 1;
    const outcome = this.machine.execute({ height, time: this.time, transactions, ...report });
    this.machine.commit({ lightBlock: TEST_LIGHT_BLOCK });
    return outcome;
  }

  /** The same; what came of each transaction. */
  verdicts(...transactions: readonly VerifiedTransaction[]): string[] {
    return this.block(transactions).results.map(verdictOf);
  }
}
