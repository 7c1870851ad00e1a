import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Crypto, hasCode } from '@ward/protocol';
import { systemRandom } from '@ward/protocol/crypto';
import { DurableDatabase } from '@ward/server';
import { CUSTODIAN_LIMITS } from '../limits.ts';
import { CUSTODIAN_VERSIONS, ShareStore } from '../shares/share-store.ts';
import { loadHomeKey } from './home-key.ts';

/** Places in the order of release keys from which shares are taken, and how many from each. */
const PLACES = 16;
const PER_PLACE = 64;

/** What stands in the home of a custodian. */
export interface InspectedCustodian {
  /** Shares in all, and those that were tried. */
  readonly shares: number;
  readonly tried: number;
  /** Of those: they do not open with the key of the home; all, where that key is not there. */
  readonly unopened: number;
  readonly hasHomeKey: boolean;
}

/**
 * Looks at the shares of a stopped custodian, tries to open a sample of them, and changes nothing.
 * The caller holds the lock of the home.
 *
 * @returns Undefined where it has none yet, or a start has to bring its database up to date.
 * @throws WardError `HOME_INVALID` where the database is damaged, or gone while its key is there;
 * `STORE_FAILED`.
 */
export async function inspectCustodian(
  home: string,
  crypto: Crypto,
): Promise<InspectedCustodian | undefined> {
  const path = join(home, 'shares.db');
  if (!existsSync(path) && !existsSync(join(home, 'home.key'))) return undefined;
  const database = DurableDatabase.openToRead({ path, versions: CUSTODIAN_VERSIONS });
  if (database === undefined) return undefined;
  try {
    const homeKey = await tryHomeKey(home);
    const store = new ShareStore({
      ...{ database, homeKey: homeKey ?? new Uint8Array(32), limits: CUSTODIAN_LIMITS, crypto },
      random: systemRandom,
    });
    const shares = database.read(() => store.count);
    let [tried, unopened] = [0, 0];
    for (let place = 0; place < PLACES; place++) {
      const range = { from: (place * 256) / PLACES, to: ((place + 1) * 256) / PLACES };
      const opened = await store.tryToOpen(range, PER_PLACE);
      tried += opened.length;
      unopened += opened.filter((isOpened) => !isOpened).length;
    }
    return { shares, tried, unopened, hasHomeKey: homeKey !== undefined };
  } finally {
    await database.close();
  }
}

async function tryHomeKey(home: string): Promise<Uint8Array | undefined> {
  try {
    return await loadHomeKey({ home, isNew: false }, systemRandom);
  } catch (error) {
    if (hasCode(error, 'HOME_INVALID')) return undefined;
    throw error;
  }
}
