import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BlockArchive,
  type ChainArchive,
  type ConsensusEngine,
  FileStorage,
  FirstStateFiles,
  promotionAnswer,
  SuccessionArchive,
} from '@ward/engine';
import { LogArchive, type StateMachine } from '@ward/ledger';
import { PromotionAnswer, PromotionPlan } from '@ward/ledger/schema';
import { type Crypto, decodeUtf8 } from '@ward/protocol';
import { HomeFolder } from '@ward/server';
import { BEGINNING_FILE, FIRST_STATE, PLAN_FILE, PREDECESSOR } from './home-names.ts';

/** What a node has of the chain that its own one continues, or of the one that continues it. */
export interface OpenPredecessor {
  /** Blocks of both chains. */
  readonly archive: ChainArchive;
  promotion(): PromotionAnswer | undefined;
  close(): Promise<void>;
}

/** The ledger that runs. */
export interface RunningChain {
  readonly engine: ConsensusEngine;
  readonly machine: StateMachine;
  readonly archive: ChainArchive;
}

/**
 * Opens what stands in a home of the chain before: how it ended, and its log where the node was
 * given it. Without such a chain the home may hold the plan by which its own chain goes on.
 */
export function openPredecessor(home: string, own: RunningChain, crypto: Crypto): OpenPredecessor {
  const promotion =
    new FirstStateFiles(join(home, FIRST_STATE), crypto).promotion() ?? loadBeginning(home);
  if (promotion === undefined || promotion.genesis.chain !== own.machine.chain) {
    const next = nextChain(home, own, crypto);
    return { archive: own.archive, promotion: next, close: async () => {} };
  }
  const { last } = promotion;
  const folder = join(home, PREDECESSOR, 'ledger');
  const storage = existsSync(folder) ? new FileStorage({ folder }) : undefined;
  const log = storage && new LogArchive(storage, crypto);
  const before = { last, archive: log && new BlockArchive(log, crypto) };
  return {
    archive: new SuccessionArchive(own.archive, before),
    promotion: () => promotion,
    close: async () => storage?.close(),
  };
}

/** How a ledger that was promoted goes on, as soon as its last block is there. */
function nextChain(home: string, { engine, machine, archive }: RunningChain, crypto: Crypto) {
  let answer: PromotionAnswer | undefined;
  return () => {
    const path = join(home, PLAN_FILE);
    if (answer !== undefined || !machine.isOver || !existsSync(path)) return answer;
    const plan = PromotionPlan.fromJson(JSON.parse(decodeUtf8(readFileSync(path))));
    const height = engine.newest?.header.height ?? 0;
    answer = promotionAnswer({ machine, archive }, { plan, height }, crypto);
    return answer;
  };
}

/** Lets the node of a ledger that is promoted show by which plan it goes on. */
export async function savePromotionPlan(home: string, plan: PromotionPlan): Promise<void> {
  await new HomeFolder(home).writeJson(PLAN_FILE, PromotionPlan, plan);
}

/**
 * Lets a node that begins with a snapshot show how its chain began.
 *
 * @param answer Checked against the genesis of the home.
 */
export async function saveBeginning(home: string, answer: PromotionAnswer): Promise<void> {
  await new HomeFolder(home).write(BEGINNING_FILE, PromotionAnswer.encode(answer));
}

function loadBeginning(home: string): PromotionAnswer | undefined {
  const path = join(home, BEGINNING_FILE);
  return existsSync(path) ? PromotionAnswer.decode(readFileSync(path)) : undefined;
}
