import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BlockArchive, FileStorage, LightBlockStore } from '@ward/engine';
import { StateMachine } from '@ward/ledger';
import { type Genesis, parametersKey } from '@ward/ledger/schema';
import { type Crypto, type Digest, type Height, verifyCommit, verifyState } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { checkStoredChain, type StoredChain, type StoredHeaders } from './stored-chain.ts';

/** What a ledger holds that nobody runs. */
export interface InspectedLedger {
  /** Height of the last block; 0 where there is none. */
  readonly height: Height;
  readonly appHash: Digest;
  /**
   * The newest height whose state is what validators have signed: the app hash of the header behind
   * it is the root of the state that was rebuilt. Where the first block was not pruned, the genesis
   * says who they were, and each set says who came after it. Null where there is no block yet.
   */
  readonly proved: Height | null;
}

/**
 * Opens the ledger of a folder that no node runs on, and looks for the newest state that is proved
 * by a header which more than two thirds of the validators have signed.
 *
 * @throws WardError `BACKUP_UNPROVED` where a header says otherwise; what `StateMachine.open`
 * refuses.
 */
export async function inspectLedger(
  folder: string,
  genesis: Genesis,
  crypto: Crypto,
): Promise<InspectedLedger> {
  const storage = new FileStorage({ folder: join(folder, 'ledger') });
  try {
    const machine = StateMachine.open({ storage, genesis, crypto });
    const { height, appHash } = machine;
    const proved = newestProved(machine, {
      genesis,
      headers: headersOf(folder, machine, crypto),
      crypto,
    });
    return { height, appHash, proved };
  } finally {
    await storage.close();
  }
}

/** States of so many heights, at the least, can be read behind a start. */
const PROVABLE_HEIGHTS = 2;

/** Light blocks stand in the log itself, or, under CometBFT, beside it. */
function headersOf(folder: string, machine: StateMachine, crypto: Crypto): StoredHeaders {
  if (!existsSync(join(folder, 'headers'))) {
    const archive = new BlockArchive(machine, crypto);
    return (height) => archive.lightBlock(height);
  }
  const store = new LightBlockStore(join(folder, 'headers'), crypto);
  return (height) => store.read(height);
}

function newestProved(machine: StateMachine, chain: StoredChain): Height | null {
  const { headers, crypto } = chain;
  // What a header says does not depend on when it is looked at.
  const rules = { chain: machine.chain, trustingPeriodSeconds: 0, clockDriftSeconds: 0 };
  for (let height = machine.height; height > machine.height - PROVABLE_HEIGHTS; height--) {
    const behind = height < 1 ? undefined : headers(height + 1);
    if (behind === undefined) continue;
    verifyCommit(behind, rules, crypto);
    checkStoredChain(behind, chain);
    const proof = machine.prove(parametersKey, height);
    if (!verifyState({ key: parametersKey, ...proof }, behind.header.appHash, crypto)) {
      throw refuse('BACKUP_UNPROVED', { height });
    }
    return height;
  }
  return null;
}
