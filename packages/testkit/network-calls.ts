import type { DiskFaults } from './network-disk.ts';
import type { NetworkPlan } from './network-plan.ts';

/** What a node does beside what the protocol says. */
export type Conduct = 'honest' | 'proposes-garbage' | 'proposes-forgeries' | 'censors';

/** How a process of a node is started: these, as JSON, in its one argument. */
export interface NetworkProcessOptions {
  readonly plan: NetworkPlan;
  readonly home: string;
  /** CometBFT, or a script that starts it. */
  readonly binary: string;
  /** Number of the validator whose key it has; beyond the last one it has a key of its own. */
  readonly validator: number;
  readonly nodeSeed: string;
  readonly peerAddress: string;
  readonly peers: readonly string[];
  /** How far the clock of the application is off. */
  readonly clockOffsetMs: number;
  readonly conduct: Conduct;
  /** Where nodes that join ask it for headers. */
  readonly lightAddress: string;
  /** For a node without blocks: begins with a snapshot of others, not with the first block. */
  readonly joining: Joining | null;
}

/** Where a node that joins begins to believe, and whom it asks. */
export interface Joining {
  readonly height: number;
  readonly hash: string;
  readonly servers: readonly string[];
}

/** A block as one node has it. */
export interface SeenBlock {
  readonly height: number;
  readonly hash: string;
  /** Of the state before it. */
  readonly appHash: string;
  /** Ids of its transactions, each with the code of what came of it. */
  readonly transactions: readonly (readonly [id: string, code: number])[];
}

/** Where a node stands. */
export interface SeenState {
  /** Of the newest block that is shown. */
  readonly height: number;
  /** Of the newest block that is executed, and the state behind it. */
  readonly executed: number;
  /** Of the oldest block that it has. */
  readonly oldest: number;
  readonly appHash: string;
  readonly peers: number | undefined;
}

/** What a process can be asked: what it is given, and what it answers. */
export interface NetworkCalls {
  state: { given: null; answer: SeenState };
  blocks: { given: { readonly from: number; readonly to: number }; answer: SeenBlock[] };
  disk: { given: DiskFaults; answer: null };
  /** Makes a snapshot. @returns its height. */
  snapshot: { given: null; answer: number };
}
export type NetworkCall = keyof NetworkCalls;

export interface NetworkQuestion {
  readonly number: number;
  readonly call: NetworkCall;
  readonly given: unknown;
}

export type NetworkAnswers = {
  readonly [C in NetworkCall]: (
    given: NetworkCalls[C]['given'],
  ) => Promise<NetworkCalls[C]['answer']>;
};

/** What a process tells. */
export type NetworkNews =
  | { readonly kind: 'ready'; readonly path: string; readonly origin: string }
  | { readonly kind: 'log'; readonly line: string }
  | {
      readonly kind: 'answer';
      readonly number: number;
      readonly answer: unknown;
      readonly failure: string | undefined;
    };
