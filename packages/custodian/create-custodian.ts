import { join } from 'node:path';
import type { NetworkFile } from '@ward/ledger/schema';
import {
  type AccountId,
  type Clock,
  type Crypto,
  type Ed25519KeyPair,
  hasCode,
  MS_PER_SECOND,
  type Random,
  type Realm,
  type Transport,
  WardError,
  word,
} from '@ward/protocol';
import { HomeLock } from '@ward/protocol/home-lock';
import {
  codeWord,
  DurableDatabase,
  JoinedProofs,
  LedgerFollower,
  type ListenOptions,
  type Log,
  Members,
  Metrics,
  OpenParts,
  refuseServer,
  type ServerLimits,
  silentLog,
  startOpsServer,
  startServer,
} from '@ward/server';
import { custodianDoors } from './custodian-doors.ts';
import { loadHomeKey } from './home/home-key.ts';
import { CUSTODIAN_LIMITS, type CustodianLimits } from './limits.ts';
import { NoticePost } from './openings/notice-post.ts';
import { Openings } from './openings/openings.ts';
import { Erasures } from './shares/erasures.ts';
import { type HandedOver, type HandOverProgress, handOver } from './shares/hand-over.ts';
import { CUSTODIAN_VERSIONS, ShareStore } from './shares/share-store.ts';

export const CUSTODIAN_SOFTWARE = 'ward-custodian/0.1.0';
/** It must never be more than a minute behind, and learns of a revocation with every opening. */
const FOLLOW_MS = 2000;
const ERASURE_CHECK_MS = 60_000;
const BLOCK_AGE_SECONDS_MAX = 60;

export interface CustodianOptions {
  /** Folder of this custodian; null: everything in memory, for as long as the process lasts. */
  readonly home: string | null;
  /** The organisation that runs it. */
  readonly organisation: AccountId;
  /** Account that signs notices for the vaults, and its service key. */
  readonly account?: AccountId;
  readonly keyPair: Ed25519KeyPair;
  /** Seed of the key to which shares and requests are sealed, as the ledger has it. 32 bytes. */
  readonly sealingSeed: Uint8Array;
  /** Signs receipts, as the ledger has it. */
  readonly receiptKey: Ed25519KeyPair;
  readonly networkFile: NetworkFile;
  /** The way to a server by its origin: HTTP in the product. */
  readonly connect: (origin: string) => Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly log?: Log;
  readonly metrics?: Metrics;
  readonly listen?: ListenOptions;
  /** Where operators look; none when left out. */
  readonly ops?: { readonly host?: string; readonly port?: number };
  readonly limits?: Partial<CustodianLimits>;
  readonly serverLimits?: Partial<ServerLimits>;
}

/** A custodian that runs. */
export interface Custodian {
  readonly origin: string;
  readonly opsOrigin?: string;
  /** The way to it without a socket. */
  readonly transport: Transport;
  /** Deletes the shares of erased charts whose time has come; it does so by itself as well. */
  deleteDueShares(): Promise<number>;
  /** Hands all shares on to the successor that the ledger names. */
  handOver(onProgress?: (progress: HandOverProgress) => void): Promise<HandedOver>;
  /** Ends in order: no new requests, those in work, then the store. */
  close(): Promise<void>;
}

/**
 * Starts a custodian.
 *
 * @throws WardError `HOME_LOCKED`, `HOME_INVALID`, `STORE_FULL`.
 * @example
 * const custodian = await createCustodian({ home, organisation, keyPair, sealingSeed, … });
 */
export async function createCustodian(options: CustodianOptions): Promise<Custodian> {
  const opened = new OpenParts();
  try {
    return await openCustodian(options, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function openCustodian(options: CustodianOptions, opened: OpenParts): Promise<Custodian> {
  const { home, networkFile, crypto, clock, connect } = options;
  const log = options.log ?? silentLog;
  const metrics = options.metrics ?? new Metrics();
  const realm: Realm = { network: networkFile.network, crypto };
  const limits: CustodianLimits = { ...CUSTODIAN_LIMITS, ...options.limits };
  if (home !== null) {
    const lock = HomeLock.acquire(home);
    opened.add({ close: async () => lock.release() });
  }
  const database = opened.add(await openDatabase(home));
  const shares = await openShares(options, { database, limits });
  const follower = opened.add(
    await LedgerFollower.start({
      ...{ networkFile, connect, clock, crypto, log, metrics, everyMs: FOLLOW_MS },
      trustFile: home === null ? null : join(home, 'trusted-block'),
    }),
  );
  const { ledger } = follower;
  const proofs = new JoinedProofs(ledger);
  const members = new Members({ ledger: proofs, clock });
  const erasures = new Erasures({ database, shares, ledger, realm });
  const parts = { realm, limits, shares, erasures, ledger: proofs, members, log, metrics };
  const { server, post } = await serve(options, {
    ...parts,
    height: () => follower.height,
    isBeyond: (height, waitMs) => follower.isBeyond(height, waitMs),
  });
  opened.add(server);
  const isReady = () => follower.ageSeconds <= BLOCK_AGE_SECONDS_MAX;
  const checks = [{ name: word('ledger'), isReady }];
  const own = { server: word('custodian'), version: word('0.1.0'), home };
  const ops =
    options.ops === undefined
      ? undefined
      : await startOpsServer({ ...options.ops, ...own, metrics, log, checks });
  const deleteDueShares = () => erasures.run(Math.floor(clock.nowMs() / MS_PER_SECOND));
  const timer = repeat(deleteDueShares, log);
  return {
    origin: server.origin,
    ...(ops === undefined ? {} : { opsOrigin: ops.origin }),
    transport: server.transport,
    deleteDueShares,
    handOver: (onProgress) => {
      const { organisation } = options;
      const signFor = (audience: AccountId) => post.signFor(audience);
      return handOver({ organisation, shares, ledger, connect, signFor, realm }, onProgress);
    },
    async close() {
      ops?.stopReady();
      clearInterval(timer);
      await opened.close();
      await ops?.close();
    },
  };
}

function openDatabase(home: string | null): Promise<DurableDatabase> | DurableDatabase {
  return home === null
    ? DurableDatabase.inMemory(CUSTODIAN_VERSIONS)
    : DurableDatabase.open({ path: join(home, 'shares.db'), versions: CUSTODIAN_VERSIONS });
}

/** @throws WardError `HOME_INVALID` when the key of the home is not the one of its shares. */
async function openShares(
  { home, random, crypto }: CustodianOptions,
  { database, limits }: { database: DurableDatabase; limits: CustodianLimits },
): Promise<ShareStore> {
  const { count } = database.prepare('SELECT count(*) AS count FROM shares').get() as {
    count: number;
  };
  const homeKey =
    home === null ? random.bytes(32) : await loadHomeKey({ home, isNew: count === 0 }, random);
  const shares = new ShareStore({ database, homeKey, limits, random, crypto });
  try {
    await shares.page(1);
  } catch (error) {
    throw hasCode(error, 'SEAL_INVALID') ? refuseServer('HOME_INVALID') : error;
  }
  return shares;
}

interface Parts {
  readonly realm: Realm;
  readonly limits: CustodianLimits;
  readonly shares: ShareStore;
  readonly erasures: Erasures;
  readonly ledger: JoinedProofs;
  readonly members: Members;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly height: () => number;
  readonly isBeyond: (height: number, waitMs: number) => Promise<boolean>;
}

/** Puts the doors on the parts, and the server before the doors. */
async function serve(options: CustodianOptions, parts: Parts) {
  const { organisation, account = organisation, keyPair, receiptKey, clock, random } = options;
  const { realm, metrics, log, members, height } = parts;
  const { connect, listen, serverLimits } = options;
  const openingKey = realm.crypto.kem.openingKey(options.sealingSeed);
  const base = { ...parts, organisation, openingKey, receiptKey, clock, random };
  const post = new NoticePost({ ...base, account, keyPair, connect });
  const openings = new Openings({ ...base, post });
  metrics.gauge('shares', () => parts.shares.count);
  const server = await startServer({
    ...{ name: word('custodian'), version: '0.1.0', organisation, realm, clock },
    ...{ log, metrics, members },
    doors: custodianDoors({ ...base, openings, height, software: CUSTODIAN_SOFTWARE }),
    ...(listen === undefined ? {} : { listen }),
    ...(serverLimits === undefined ? {} : { limits: serverLimits }),
  });
  return { server, post };
}

/** Does it now and then; where the ledger cannot be asked, later. */
function repeat(work: () => Promise<unknown>, log: Log): NodeJS.Timeout {
  const timer = setInterval(() => {
    work().catch((error: unknown) => {
      if (!(error instanceof WardError)) throw error;
      log.warn(word('erasure-postponed'), { code: codeWord(error) });
    });
  }, ERASURE_CHECK_MS);
  return timer.unref();
}
