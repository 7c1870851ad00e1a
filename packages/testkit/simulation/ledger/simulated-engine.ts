import type { BlockInput, BlockOutcome, ValidatorVote, VerifiedTransaction } from '@ward/ledger';
import { equalBytes, toHex, WardError } from '@ward/protocol';
import type { Cast } from './cast.ts';
import { DecidedChain } from './decided-chain.ts';
import { codeOfWork, Replica, type ReplicaOptions } from './replica.ts';
import { SimulatedNetwork } from './simulated-network.ts';
import { SimulatedValidators } from './simulated-validators.ts';
import type { Tally } from './tally.ts';

export const NODES = 4;
const POOL_MAX = 40;
const BLOCK_MAX = 6;
const SYNC_MAX = 6;

/** What nodes send each other. */
export type Sent =
  | { readonly kind: 'transaction'; readonly transaction: VerifiedTransaction }
  | { readonly kind: 'block'; readonly height: number };

/** Four nodes with an engine that orders blocks by the votes of validators, as CometBFT does. */
export class SimulatedEngine {
  readonly cast: Cast;
  readonly tally: Tally;
  readonly nodes: readonly Replica[];
  readonly network: SimulatedNetwork<Sent>;
  readonly validators: SimulatedValidators;
  readonly chain: DecidedChain;
  /** Rounds so far; nothing in a simulation has another clock. */
  round = 0;
  #lastCommit: BlockInput['lastCommit'];

  constructor(cast: Cast, tally: Tally, options: Pick<ReplicaOptions, 'contracts'>) {
    this.cast = cast;
    this.tally = tally;
    const { random, ledger } = cast;
    const { genesis, crypto } = ledger;
    this.network = new SimulatedNetwork(NODES, random);
    this.validators = new SimulatedValidators(cast);
    this.chain = new DecidedChain(cast, this.validators, tally);
    this.nodes = Array.from({ length: NODES }, (_, index) => {
      // They are alike, so that one of them is enough.
      const checksInvariants = index === 0;
      return new Replica({ index, genesis, crypto, random, checksInvariants, ...options });
    });
  }

  /** What comes over the network arrives. */
  deliver(): void {
    for (const { to, message } of this.network.arrivals(this.round)) {
      const node = this.nodes[to]!;
      if (!node.isUp) continue;
      if (message.kind === 'block') this.#takeBlock(node, message.height);
      else this.#takeTransaction(node, message.transaction);
    }
  }

  #takeTransaction(node: Replica, transaction: VerifiedTransaction): void {
    const { random, time } = this.cast;
    if (node.pool.size >= POOL_MAX) return;
    if (random.below(16) === 0) {
      const code = codeOfWork(() => node.machine!.check(transaction, time));
      this.tally.note('admission', node.index, code ?? 'admitted');
      if (code !== undefined && random.below(2) === 0) return;
    }
    node.pool.set(toHex(transaction.id), transaction);
  }

  #takeBlock(node: Replica, height: number): void {
    if (height === node.height + 1) this.follow(node, height);
    else if (height <= node.height) this.#refuseAgain(node, height);
  }

  #refuseAgain(node: Replica, height: number): void {
    // It has it already: an engine that gave it again would be told.
    const code = codeOfWork(() => node.machine!.verify(this.chain.at(height).block));
    if (code !== 'BLOCK_INVALID') throw new Error(`node ${node.index} takes ${height} twice`);
    this.tally.note('second copy', node.index, height);
  }

  /** One node executes and keeps a block that was decided. */
  follow(node: Replica, height: number): void {
    const { block, release } = this.chain.at(height);
    let outcome: BlockOutcome | undefined;
    try {
      if (!node.survives(() => (outcome = node.follow(block)))) {
        this.tally.note('power lost', node.index, height);
        return;
      }
    } catch (error) {
      if (!(error instanceof WardError) || !error.code.startsWith('UPGRADE_')) throw error;
      if (release === node.release) throw error;
      this.tally.note(error.code, node.index, height);
      node.crash({ losesPower: false });
      node.release = release!;
      return;
    }
    if (release !== undefined && release !== node.release) {
      throw new Error(`node ${node.index} executed ${height} with the software of another height`);
    }
    this.chain.check(height, outcome!, node);
  }

  /** One round of the engine: a proposal, votes, and a block where they are enough. */
  runRound(): void {
    const { random } = this.cast;
    const able = this.nodes.filter(({ isUp, height }) => isUp && height === this.chain.height);
    if (able.length === 0) return;
    const proposer = random.pick(able);
    const block = this.#propose(proposer);
    const seers = able.filter((node) => this.#sees(proposer, node));
    for (const node of seers) node.machine!.verify(block);
    const present = new Set(seers.map(({ index }) => index));
    const isPresent = (member: number) =>
      member >= 0 && member < NODES ? present.has(member) : random.below(9) > 0;
    const { votes, isDecided } = this.validators.vote(isPresent);
    if (isDecided && random.below(12) > 0) this.#decide(proposer, block, votes);
    else this.#fail(seers, block);
  }

  #decide(proposer: Replica, block: BlockInput, votes: readonly ValidatorVote[]): void {
    this.#lastCommit = votes;
    this.chain.decide(block);
    this.follow(proposer, block.height);
    for (const { index } of this.nodes) {
      if (index === proposer.index) continue;
      const message = { kind: 'block', height: block.height } as const;
      this.network.send(message, { from: proposer.index, to: index, now: this.round });
    }
  }

  #sees(proposer: Replica, { index }: Replica): boolean {
    return (
      this.network.canReach(proposer.index, index) && this.network.canReach(index, proposer.index)
    );
  }

  /** What was proposed is executed here and there all the same, and then never decided. */
  #fail(seers: readonly Replica[], block: BlockInput): void {
    this.tally.note('round without a block', block.height);
    const { release } = this.cast.naive;
    for (const node of seers) {
      if (this.cast.random.below(3) > 0) continue;
      const code = codeOfWork(() => node.machine!.execute(block));
      const isOther = code?.startsWith('UPGRADE_') && release !== undefined;
      if (code !== undefined && !isOther) throw new Error(`${code} for a block that may follow`);
      this.tally.note('execution for nothing', node.index);
    }
  }

  #propose(proposer: Replica): BlockInput {
    const { random, isGoverned } = this.cast;
    const height = this.chain.height + 1;
    const time = Math.max(this.chain.time, this.cast.time + proposer.skew);
    const evidence = isGoverned && random.below(30) === 0 ? 1 + random.below(2) : 0;
    const one = () => this.validators.anyEvidence(height, time);
    const misbehaviour = Array.from({ length: evidence }, one);
    if (evidence > 0) this.tally.note('evidence', height);
    const transactions = this.#choose(proposer, time).slice(0, BLOCK_MAX);
    const lastCommit = isGoverned ? { lastCommit: this.#lastCommit ?? [], misbehaviour } : {};
    return { height, time, transactions, ...lastCommit };
  }

  /** What is worth it, by a proposer that looks; else whatever waits, some of it twice. */
  #choose(proposer: Replica, time: number): VerifiedTransaction[] {
    const { random } = this.cast;
    const waiting = [...proposer.pool.values()];
    if (random.below(5) > 0) {
      const chosen = proposer.machine!.propose(waiting, time);
      // What its block would refuse is not looked at again.
      proposer.pool.clear();
      for (const one of chosen) proposer.pool.set(toHex(one.id), one);
      return chosen;
    }
    const doubled = waiting.filter(() => random.below(6) === 0);
    return [...waiting, ...doubled];
  }

  /** Nodes that are behind ask another for what they lack, which reads it from its log. */
  catchUp(): void {
    const { random } = this.cast;
    const newest = Math.max(...this.nodes.map(({ height }) => height));
    for (const node of this.nodes) {
      // Who voted for a block has it, though whoever executed it has lost it since.
      if (node.isUp && node.height === newest && newest < this.chain.height) {
        this.follow(node, newest + 1);
        continue;
      }
      const other = random.pick(this.nodes);
      const isAhead = node.isUp && other.isUp && other.height > node.height;
      if (!isAhead || !this.network.canReach(other.index, node.index)) continue;
      this.#sync(node, other);
    }
  }

  #sync(node: Replica, other: Replica): void {
    if (other.machine!.oldestBlock > node.height + 1) return;
    const end = Math.min(other.height, node.height + SYNC_MAX);
    for (let height = node.height + 1; node.isUp && height <= end; height++) {
      const found = other.machine!.block(height);
      const { transactions } = this.chain.at(height).block;
      const isSame =
        found?.transactions.length === transactions.length &&
        found.transactions.every((envelope, i) => equalBytes(envelope, transactions[i]!.envelope));
      if (!isSame) throw new Error(`node ${other.index} keeps another block ${height}`);
      if (found.results.length !== transactions.length) throw new Error('results are missing');
      this.follow(node, height);
      this.tally.note('block from another', node.index, height);
    }
  }
}
