import { type Digest, type Realm, taggedDigest } from '@ward/protocol';
import { Migrator } from '../contract/migration.ts';
import { bindBuiltIn } from '../contracts/built-in.ts';
import { BlockLog } from '../log/block-log.ts';
import { Genesis, networkOf } from '../schema/genesis.ts';
import { ledgerCrypto } from '../state-tree/sha256.ts';
import { StateTree } from '../state-tree/state-tree.ts';
import { Executor } from './executor.ts';
import { RETAINED_HEIGHTS, type StateMachineOptions } from './machine-options.ts';
import { ReplayMemory } from './replay-memory.ts';
import { TreeState } from './tree-state.ts';
import { WorkingState } from './working-state.ts';

/** What a state machine is put together from. */
export interface MachineParts {
  readonly realm: Realm;
  /** Digest of the genesis. */
  readonly digest: Digest;
  readonly tree: StateTree;
  readonly log: BlockLog;
  readonly replay: ReplayMemory;
  readonly values: TreeState;
  readonly state: WorkingState;
  readonly executor: Executor;
  readonly migrator: Migrator;
}

export function makeParts(options: StateMachineOptions): MachineParts {
  const { storage, crypto, genesis, retainedHeights = RETAINED_HEIGHTS } = options;
  const realm = { network: networkOf(genesis, crypto), crypto: ledgerCrypto(crypto) };
  const tree = new StateTree(retainedHeights, undefined, crypto.sha256Pairs);
  const log = new BlockLog(storage, crypto);
  const replay = new ReplayMemory();
  const values = new TreeState(tree, log);
  const state = new WorkingState(values);
  const { chain } = genesis;
  const bind = options.contracts ?? bindBuiltIn;
  const executor = new Executor({ realm, chain, state, replay, bind });
  const migrator = new Migrator({ contracts: executor.contracts, state, tree, values });
  const digest = taggedDigest('genesis', Genesis.encode(genesis), crypto);
  return { realm, digest, tree, log, replay, values, state, executor, migrator };
}
