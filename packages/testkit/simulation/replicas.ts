import { MemoryStorage, StateMachine, type VerifiedTransaction } from '@ward/ledger';
import type { BlockContent, Genesis } from '@ward/ledger/schema';
import {
  type Crypto,
  equalBytes,
  type LightBlock,
  parseTransaction,
  verifySignatures,
} from '@ward/protocol';
import type { SeededRandom } from '../seeded-random.ts';

const REPLICAS = 4;
const LIGHT_BLOCK = new Uint8Array(600).fill(0x22);

interface Replica {
  readonly storage: MemoryStorage;
  machine: StateMachine;
}

/**
 * Four state machines that are fed the blocks of a node: each must come to the app hash that the
 * node's next header names, with every invariant of every contract held against each block. Now and
 * then one is restarted from its log.
 */
export class Replicas {
  readonly #replicas: Replica[];
  readonly #open: (storage: MemoryStorage) => StateMachine;
  readonly #random: SeededRandom;
  readonly #crypto: Crypto;
  #height = 0;

  constructor(genesis: Genesis, random: SeededRandom, crypto: Crypto) {
    this.#crypto = crypto;
    this.#random = random;
    this.#open = (storage) =>
      StateMachine.open({ storage, crypto, genesis, checksInvariants: true, retainedHeights: 4 });
    this.#replicas = Array.from({ length: REPLICAS }, () => {
      const storage = new MemoryStorage();
      return { storage, machine: this.#open(storage) };
    });
  }

  get height(): number {
    return this.#height;
  }

  /**
   * Executes every block up to the one before the newest.
   *
   * @throws Error where a machine comes to another app hash than the header says.
   */
  follow(
    newest: number,
    read: { block(height: number): BlockContent; light(h: number): LightBlock },
  ) {
    for (let height = this.#height + 1; height < newest; height++) {
      const { block, transactions } = read.block(height);
      const { appHash } = read.light(height + 1).header;
      const verified = transactions.map((each) => verify(each, this.#crypto));
      for (const [i, replica] of this.#replicas.entries()) {
        const { seconds: time } = block.header.time;
        replica.machine.execute({ height, time, transactions: verified });
        replica.machine.commit({ lightBlock: LIGHT_BLOCK });
        if (!equalBytes(replica.machine.appHash, appHash)) {
          throw new Error(`replica ${i} has another app hash at ${height}`);
        }
      }
      this.#height = height;
      this.#restartOne();
    }
  }

  #restartOne(): void {
    if (this.#random.below(20) !== 0) return;
    const replica = this.#random.pick(this.#replicas);
    const { appHash } = replica.machine;
    replica.machine = this.#open(replica.storage);
    if (!equalBytes(replica.machine.appHash, appHash))
      throw new Error('a restart changed the state');
  }
}

function verify(envelope: Uint8Array, crypto: Crypto): VerifiedTransaction {
  const parsed = parseTransaction(envelope, crypto);
  const passkeys = verifySignatures(parsed, crypto);
  return { envelope, id: parsed.id, digest: parsed.digest, passkeys };
}
