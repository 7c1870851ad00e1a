import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkFile } from '@ward/ledger/schema';
import {
  type AccountId,
  type Clock,
  type Crypto,
  type Ed25519KeyPair,
  MS_PER_SECOND,
  type Random,
  type Realm,
  type Transport,
  word,
} from '@ward/protocol';
import { HomeLock } from '@ward/protocol/home-lock';
import {
  DurableDatabase,
  type HttpServer,
  LedgerFollower,
  type ListenOptions,
  type Log,
  Members,
  Metrics,
  OpenParts,
  type OpsServer,
  refuseServer,
  type ServerLimits,
  silentLog,
  startOpsServer,
  startServer,
} from '@ward/server';
import type { BlobStore } from './blobs/blob-store.ts';
import { FileBlobStore } from './blobs/file-blob-store.ts';
import { MemoryBlobStore } from './blobs/memory-blob-store.ts';
import { ChartFollower } from './headers/chart-follower.ts';
import { HeaderStore } from './headers/header-store.ts';
import { INDEX_VERSIONS } from './index-tables.ts';
import { LetterBoxes } from './letters/letter-box.ts';
import { Notices } from './letters/notices.ts';
import { VAULT_LIMITS, type VaultLimits } from './limits.ts';
import { Deletions } from './objects/deletions.ts';
import { Mender } from './objects/mend.ts';
import { ObjectIndex } from './objects/object-index.ts';
import { ObjectStore } from './objects/object-store.ts';
import { Quotas } from './objects/quotas.ts';
import { dropOrphans, type ScrubOptions, type ScrubReport } from './objects/scrub.ts';
import { Scrubber } from './objects/scrubber.ts';
import { VaultDoors } from './vault-doors.ts';

export const VAULT_SOFTWARE = 'ward-vault/0.1.0';
/** Vaults need the ledger for keys of organisations and for headers that wait. */
const FOLLOW_MS = 5000;

export interface VaultOptions {
  /** Folder of this vault; null: everything in memory, for as long as the process lasts. */
  readonly home: string | null;
  /** The organisation that runs it. */
  readonly organisation: AccountId;
  /** A service key of the organisation: it signs deletion receipts. */
  readonly keyPair: Ed25519KeyPair;
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
  readonly limits?: Partial<VaultLimits>;
  readonly serverLimits?: Partial<ServerLimits>;
}

/** A vault that runs. */
export interface Vault {
  readonly origin: string;
  readonly opsOrigin?: string;
  /** The way to it without a socket. */
  readonly transport: Transport;
  /**
   * Reads everything again, sets aside what the disk has altered, and mends it from other vaults of
   * the chart. It does so by itself as well, slowly.
   */
  scrub(options?: ScrubOptions): Promise<ScrubReport>;
  /** Ends in order: no new requests, those in work, then the stores. */
  close(): Promise<void>;
}

/**
 * Starts a vault.
 *
 * @throws WardError `HOME_LOCKED`, `HOME_INVALID`, `STORE_FULL`.
 * @example
 * const vault = await createVault({ home, organisation, keyPair, networkFile, connect, … });
 * console.log(vault.origin);
 */
export async function createVault(options: VaultOptions): Promise<Vault> {
  const opened = new OpenParts();
  try {
    return await openVault(options, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function openVault(options: VaultOptions, opened: OpenParts): Promise<Vault> {
  const { home, networkFile, crypto, clock, connect } = options;
  const log = options.log ?? silentLog;
  const metrics = options.metrics ?? new Metrics();
  const realm: Realm = { network: networkFile.network, crypto };
  if (home !== null) {
    const lock = HomeLock.acquire(home);
    opened.add({ close: async () => lock.release() });
  }
  const stores = await openStores(options, opened);
  const follower = opened.add(
    await LedgerFollower.start({
      ...{ networkFile, connect, clock, crypto, log, metrics, everyMs: FOLLOW_MS },
      trustFile: home === null ? null : join(home, 'trusted-block'),
      // It serves ciphertext: silent witnesses are no reason to keep it from its owners.
      witnesses: 'alarm',
    }),
  );
  const { server, scrubber } = await serve(options, { stores, follower, log, metrics, realm });
  opened.add(scrubber);
  opened.add(server);
  scrubber.start();
  const ops = await startOps(options, { stores, follower, log, metrics });
  return {
    origin: server.origin,
    ...(ops === undefined ? {} : { opsOrigin: ops.origin }),
    transport: server.transport,
    scrub: (scrubOptions) => scrubber.scrub(scrubOptions),
    async close() {
      ops?.stopReady();
      await opened.close();
      await ops?.close();
    },
  };
}

interface Stores {
  readonly index: DurableDatabase;
  readonly blobs: BlobStore;
  readonly objects: ObjectIndex;
  readonly quotas: Quotas;
  readonly deletions: Deletions;
  readonly limits: VaultLimits;
}

/** Opens index and blobs, and finishes what the last process could not. */
async function openStores({ home, ...options }: VaultOptions, opened: OpenParts): Promise<Stores> {
  const limits: VaultLimits = { ...VAULT_LIMITS, ...options.limits };
  if (home !== null) checkIndex(home);
  const index =
    home === null
      ? DurableDatabase.inMemory(INDEX_VERSIONS)
      : await DurableDatabase.open({ path: join(home, 'index.db'), versions: INDEX_VERSIONS });
  opened.add(index);
  const blobs =
    home === null ? new MemoryBlobStore() : await FileBlobStore.open(join(home, 'blobs'));
  const objects = new ObjectIndex(index);
  const quotas = new Quotas(index, limits);
  const deletions = new Deletions({ blobs, index, objects, quotas });
  await deletions.resume();
  await dropOrphans({ blobs, objects });
  return { index, blobs, objects, quotas, deletions, limits };
}

/** An index that is lost must not look like a new one: its blobs would be dropped as nobody's. */
function checkIndex(home: string): void {
  const hasIndex = (statSync(join(home, 'index.db'), { throwIfNoEntry: false })?.size ?? 0) > 0;
  if (!hasIndex && existsSync(join(home, 'blobs'))) throw refuseServer('HOME_INVALID');
}

interface Parts {
  readonly stores: Stores;
  readonly follower: LedgerFollower;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Puts the doors on the stores, and the server before the doors. */
async function serve(
  options: VaultOptions,
  { stores, follower, log, metrics, realm }: Parts & { realm: Realm },
): Promise<{ readonly server: HttpServer; readonly scrubber: Scrubber }> {
  const { organisation, keyPair, clock, random, listen, serverLimits } = options;
  const { index, limits } = stores;
  const { ledger } = follower;
  const boxes = new LetterBoxes(index, limits);
  const members = new Members({ ledger, clock });
  const store = new ObjectStore({ ...stores, random, realm });
  const headers = new HeaderStore({ index, ledger, organisation, limits, realm });
  const doors = new VaultDoors({
    ...{ ...stores, organisation, keyPair, members, boxes, clock, realm },
    software: VAULT_SOFTWARE,
    objects: store,
    headers,
    notices: new Notices({ index, boxes, limits, realm }),
  });
  const totals = () => stores.objects.totals();
  metrics.gauge('vault_objects', () => totals().objects);
  metrics.gauge('vault_bytes', () => totals().bytes);
  const server = await startServer({
    ...{ name: word('vault'), version: '0.1.0', organisation, realm, clock, log, metrics, members },
    doors: doors.all(),
    ...(listen === undefined ? {} : { listen }),
    ...(serverLimits === undefined ? {} : { limits: serverLimits }),
  });
  const upkeep = { options, stores, ledger, headers, store, log, metrics, realm };
  return { server, scrubber: makeScrubber(upkeep) };
}

interface Upkeep {
  readonly options: VaultOptions;
  readonly stores: Stores;
  readonly ledger: LedgerFollower['ledger'];
  readonly headers: HeaderStore;
  readonly store: ObjectStore;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly realm: Realm;
}

/** What a vault does by itself: it fetches what it missed, and mends what its disk altered. */
function makeScrubber({ options, stores, headers, ...parts }: Upkeep): Scrubber {
  const { organisation, connect, clock } = options;
  const { ledger, store, realm, log, metrics } = parts;
  const now = () => Math.floor(clock.nowMs() / MS_PER_SECOND);
  const mender = new Mender({
    ...{ ...stores, store, organisation, ledger, realm, connect, now },
    vaultsOf: (chart) => headers.vaultsOf(chart),
  });
  const chartFollower = new ChartFollower({
    ...{ ...stores, store, headers, ledger, realm, now },
    others: (chart) => mender.others(chart),
  });
  return new Scrubber({
    ...{ limits: stores.limits, log, metrics },
    store: { ...stores, realm, mend: (object) => mender.mend(object) },
    fetchMissed: (signal) => chartFollower.run(signal),
  });
}

async function startOps(
  { ops, home }: VaultOptions,
  { stores, follower, log, metrics }: Parts,
): Promise<OpsServer | undefined> {
  if (ops === undefined) return undefined;
  const { limits, blobs } = stores;
  const checks = [
    { name: word('ledger'), isReady: () => follower.ageSeconds <= 60 },
    { name: word('disk'), isReady: async () => (await blobs.freeBytes()) > limits.freeBytesMin },
  ];
  const own = { server: word('vault'), version: word('0.1.0'), home };
  return startOpsServer({ ...ops, ...own, metrics, log, checks });
}
