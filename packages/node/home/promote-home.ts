import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BlockArchive,
  FileStorage,
  FirstStateFiles,
  nodeDisk,
  promotionAnswer,
} from '@ward/engine';
import { checkSuccession, StateMachine } from '@ward/ledger';
import { Genesis, type PromotionAnswer, planOf } from '@ward/ledger/schema';
import { type Crypto, equalBytes, headerHash, type LightBlock } from '@ward/protocol';
import { HomeLock } from '@ward/protocol/home-lock';
import { HomeFolder } from '@ward/server';
import { refuse } from '../errors.ts';
import { FIRST_STATE, GENESIS_FILE, PEER_FILE, PREDECESSOR } from './home-names.ts';
import { type Peering, writeNodeFile } from './node-home.ts';

export interface PromoteHomeOptions {
  /** Of a node that does not run, whose ledger ended. */
  readonly home: string;
  /** Of the chain that goes on. */
  readonly genesis: Genesis;
  /** The last block of the chain that ended. */
  readonly last: LightBlock;
  readonly peering: Peering;
}

/** What moves aside: the old ledger, and what its validator signed last. */
const MOVED = ['ledger', 'validator-state'];

/**
 * Makes the home of a node that ordered alone the home of a node of the chain that goes on. The old
 * ledger stays in `predecessor/`, to be read; the first state of the new one is made from it. It
 * may be called again after a crash at any place.
 *
 * @throws WardError `HOME_LOCKED` while the node runs; `PROMOTION_DIFFERS` where the ledger did not
 * end with that block; `GENESIS_INVALID` where the new one could not begin.
 */
export async function promoteHome(options: PromoteHomeOptions, crypto: Crypto): Promise<void> {
  const { home, genesis, peering } = options;
  const folder = new HomeFolder(home);
  const lock = HomeLock.acquire(home);
  try {
    const first = new FirstStateFiles(join(home, FIRST_STATE), crypto);
    if (first.promotion() === undefined) await writeFirstState(options, first, crypto);
    const before = join(home, PREDECESSOR);
    mkdirSync(before, { recursive: true, mode: 0o700 });
    // From here on neither the old genesis nor the new one opens what is half moved.
    await folder.writeJson(join(PREDECESSOR, GENESIS_FILE), Genesis, await oldGenesis(home));
    await folder.writeJson(GENESIS_FILE, Genesis, genesis);
    for (const name of MOVED) moveAside(home, name);
    await folder.write(PEER_FILE, peering.nodeSeed);
    await writeNodeFile(folder, peering);
  } finally {
    lock.release();
  }
}

async function oldGenesis(home: string): Promise<Genesis> {
  const folder = new HomeFolder(home);
  const kept = join(PREDECESSOR, GENESIS_FILE);
  return folder.readJson(folder.has(kept) ? kept : GENESIS_FILE, Genesis);
}

function moveAside(home: string, name: string): void {
  const [from, to] = [join(home, name), join(home, PREDECESSOR, name)];
  // A ledger that stands in both places is the one that goes on.
  if (!existsSync(from) || existsSync(to)) return;
  renameSync(from, to);
  for (const folder of [home, join(home, PREDECESSOR)]) nodeDisk.syncFolder(folder);
}

async function writeFirstState(
  { home, genesis, last }: PromoteHomeOptions,
  first: FirstStateFiles,
  crypto: Crypto,
): Promise<void> {
  const storage = new FileStorage({ folder: join(home, 'ledger') });
  try {
    const machine = StateMachine.open({ storage, genesis: await oldGenesis(home), crypto });
    const archive = new BlockArchive(machine, crypto);
    const { height } = machine;
    const own = { plan: planOf(genesis), height };
    const answer = promotionAnswer({ machine, archive }, own, crypto);
    const isSame =
      answer !== undefined &&
      equalBytes(headerHash(answer.last.header, crypto), headerHash(last.header, crypto)) &&
      equalBytes(Genesis.encode(answer.genesis), Genesis.encode(genesis));
    if (!isSame) throw refuse('PROMOTION_DIFFERS', { height });
    checkSuccession(genesis, (key) => machine.prove(key).value, crypto);
    first.write(machine, answer);
  } finally {
    await storage.close();
  }
}

/**
 * Gives a new member's home the first state of the ledger that it is going to run.
 *
 * @param from A folder `first-state`, of a home that runs or not, or as it was handed over.
 * @param genesis Of the ledger that is going to run.
 * @throws WardError `PROMOTION_DIFFERS` where it is not whole, or of another ledger.
 */
export async function copyFirstState(
  { from, to, genesis }: { readonly from: string; readonly to: string; readonly genesis: Genesis },
  crypto: Crypto,
): Promise<void> {
  const target = join(to, FIRST_STATE);
  const promotion = loadFirstPromotion(from, crypto);
  const { height } = promotion.last.header;
  const isOurs = equalBytes(Genesis.encode(promotion.genesis), Genesis.encode(genesis));
  if (!isOurs) throw refuse('PROMOTION_DIFFERS', { height });
  const chunks = join('snapshots', String(height));
  await mkdir(join(target, chunks), { recursive: true, mode: 0o700 });
  for (const name of readdirSync(join(from, chunks))) {
    await copyFile(join(from, chunks, name), join(target, chunks, name));
  }
  new FirstStateFiles(target, crypto).finish(promotion);
}

/**
 * How the ledger ended, as it stands in a folder `first-state`.
 *
 * @throws WardError `PROMOTION_DIFFERS` where the folder is not whole.
 */
export function loadFirstPromotion(folder: string, crypto: Crypto): PromotionAnswer {
  const promotion = new FirstStateFiles(folder, crypto).promotion();
  if (promotion === undefined) throw refuse('PROMOTION_DIFFERS', { height: 0 });
  return promotion;
}
