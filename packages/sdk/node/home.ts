import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Crossing, NetworkFile, type OnCrossed } from '@ward/ledger/schema';
import {
  blockHeaderFields,
  type Clock,
  type Crypto,
  defineFormat,
  equalBytes,
  field,
  headerHash,
  type LedgerEvidence,
  type Random,
  type TrustedBlock,
  validatorsField,
  WardError,
} from '@ward/protocol';
import { loadCrypto, systemClock, systemRandom } from '@ward/protocol/crypto';
import { EvidenceFolder } from '@ward/protocol/evidence-folder';
import { HomeLock } from '@ward/protocol/home-lock';
import { httpTransport } from '@ward/protocol/http-transport';
import {
  createWard,
  type OrganisationWard,
  type PersonWard,
  type Ward,
  type WardOptions,
} from '../create-ward.ts';
import { refuse } from '../errors.ts';
import type { WalletContent } from '../wallet/backup.ts';
import { WalletEvent } from '../wallet/wallet-events.ts';
import { type FileStore, openFileEventStore } from './file-event-store.ts';
import { loadHomeKey, loadJson, replaceFile } from './home-files.ts';
import { sealInThreads } from './seal-threads.ts';

/** The block that a home believed last, so that no older ledger can be shown to it. */
const TrustedFile = defineFormat('trusted-block', 1, {
  header: field.struct(blockHeaderFields),
  nextValidators: validatorsField,
});

export interface HomeOptions {
  /** Folder of the home: `network.json`, and its secrets under `keys/`. */
  readonly path: string;
  readonly carrierDelayMsMax?: number;
  readonly onLie?: WardOptions['onLie'];
  /** The ledger showed two faces: the home keeps the evidence, and reads nothing any more. */
  readonly onAlarm?: ((shown: LedgerEvidence['shown']) => void) | undefined;
  /** The ledger was promoted, and the home has gone over: its files are replaced already. */
  readonly onCrossed?: OnCrossed;
  readonly transport?: WardOptions['transport'];
  readonly crypto?: Crypto;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** A client that stands in a folder, with the lock of it. */
export interface OpenHome<W> {
  readonly ward: W;
  /** Keeps what the client believes now, and lets the folder go. */
  close(): void;
}

const KEYS = 'keys';
const WALLET_FILE = 'wallet.events';
const KEY_SERVICE_FILE = 'key-service.events';
const TRUSTED_FILE = 'trusted.block';
const NETWORK_FILE = 'network.json';

/** Whose home a folder is; undefined where it is none yet. */
export function homeKind(path: string): 'person' | 'organisation' | undefined {
  if (existsSync(join(path, KEYS, WALLET_FILE))) return 'person';
  return existsSync(join(path, KEYS, KEY_SERVICE_FILE)) ? 'organisation' : undefined;
}

/** @throws WardError `NETWORK_FILE_MISSING`, `FILE_MALFORMED`, `JSON_INVALID`. */
export function loadNetworkFile(home: string): NetworkFile {
  const path = join(home, NETWORK_FILE);
  if (!existsSync(path)) throw refuse('NETWORK_FILE_MISSING');
  return NetworkFile.fromJson(loadJson(path));
}

export function saveNetworkFile(home: string, file: NetworkFile): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  replaceFile(join(home, NETWORK_FILE), `${JSON.stringify(NetworkFile.toJson(file), null, 2)}\n`);
}

/**
 * Keeps what a client goes by that has crossed over. The old network file stays beside it, named by
 * the height at which its chain ended. Two commands may cross at once: they write the same.
 */
export function saveCrossing(
  home: string,
  { height, networkFile }: Pick<Crossing, 'height' | 'networkFile'>,
): void {
  const old = join(home, `network.until-${height}.json`);
  if (!existsSync(old)) copyFileSync(join(home, NETWORK_FILE), old);
  saveNetworkFile(home, networkFile);
}

function loadTrusted(home: string, crypto: Crypto): TrustedBlock | undefined {
  const path = join(home, KEYS, TRUSTED_FILE);
  if (!existsSync(path)) return undefined;
  try {
    const { header, nextValidators } = TrustedFile.decode(new Uint8Array(readFileSync(path)));
    return { header, nextValidators, hash: headerHash(header, crypto) };
  } catch (error) {
    if (error instanceof WardError) return undefined;
    throw error;
  }
}

function saveTrusted(home: string, trusted: TrustedBlock | undefined): void {
  if (trusted === undefined) return;
  replaceFile(join(home, KEYS, TRUSTED_FILE), TrustedFile.encode(trusted));
}

/**
 * Opens a person's home, and makes its wallet when there is none.
 *
 * @throws WardError `HOME_LOCKED`, `NETWORK_FILE_MISSING`, `STORE_CORRUPT`.
 */
export function openPerson(options: HomeOptions, name?: string): Promise<OpenHome<PersonWard>> {
  return openHome(options, WALLET_FILE, (common, wallet) =>
    createWard({ ...common, wallet, ...(name === undefined ? {} : { name }) }),
  );
}

/** Like {@link openPerson}, for an organisation and its key service. */
export function openOrganisation(
  options: HomeOptions,
  name?: string,
): Promise<OpenHome<OrganisationWard>> {
  return openHome(options, KEY_SERVICE_FILE, (common, keyService) =>
    createWard({ ...common, keyService, ...(name === undefined ? {} : { name }) }),
  );
}

/**
 * Opens a person's home with what a backup holds: the same wallet, on this or another device. Into
 * a home that has the wallet already, only what is new to it is taken.
 *
 * @param backup What `readBackup` gave.
 * @throws WardError `BACKUP_FOREIGN`, `HOME_LOCKED`, `NETWORK_FILE_MISSING`, `STORE_CORRUPT`.
 */
export function restorePerson(
  options: HomeOptions,
  { network, events }: WalletContent,
): Promise<OpenHome<PersonWard>> {
  return openHome(options, WALLET_FILE, async (common, wallet) => {
    if (!equalBytes(network, common.networkFile.network)) throw refuse('BACKUP_FOREIGN');
    if ((await wallet.load()).length === 0) {
      await wallet.append(events.map((event) => WalletEvent.encode(event)));
      return createWard({ ...common, wallet });
    }
    const ward = await createWard({ ...common, wallet });
    const [first] = ward.keys.events;
    const isSame = events.some(({ id }) => equalBytes(id, first!.id));
    if (!isSame) throw refuse('BACKUP_FOREIGN');
    await ward.keys.merge(events);
    return ward;
  });
}

/**
 * A client's options by which a folder keeps what speaks against the ledger, over restarts: what is
 * kept there ends every reading before it begins.
 */
export function evidenceOptions(
  { path, networkFile, onAlarm }: EvidenceHome,
  crypto: Crypto,
): Pick<WardOptions, 'alarm' | 'onFork' | 'onSplit'> {
  const { network, genesis } = networkFile;
  const folder = new EvidenceFolder(path, crypto);
  const alarm = folder.alarm({ network, chain: genesis.chain });
  const keep = (chain: string, shown: LedgerEvidence['shown']) => {
    folder.keep({ network, chain, shown });
    onAlarm?.(shown);
  };
  return {
    ...(alarm === undefined ? {} : { alarm }),
    onFork: (_server, fork, { height, chain }) =>
      keep(chain, fork === undefined ? { kind: 'unproved', height } : { kind: 'fork', fork }),
    onSplit: (split) => keep(split.block.header.chain, { kind: 'split', split }),
  };
}

/** Where evidence is kept, and about which ledger. */
export interface EvidenceHome extends Pick<HomeOptions, 'path' | 'onAlarm'> {
  readonly networkFile: NetworkFile;
}

/** What a client of this home is made with, before its keys. */
function commonOptions(options: HomeOptions, crypto: Crypto): WardOptions {
  const trusted = loadTrusted(options.path, crypto);
  const networkFile = loadNetworkFile(options.path);
  const realm = { network: networkFile.network, crypto };
  // Randomness of a test's own cannot be had in threads.
  const isOwnRandom = options.random !== undefined;
  return {
    networkFile,
    ...(isOwnRandom ? {} : { sealUnits: sealInThreads(systemRandom, realm) }),
    transport: options.transport ?? httpTransport,
    crypto,
    random: options.random ?? systemRandom,
    clock: options.clock ?? systemClock,
    ...(trusted === undefined ? {} : { trusted }),
    ...(options.onLie === undefined ? {} : { onLie: options.onLie }),
    ...evidenceOptions({ ...options, networkFile }, crypto),
    onCrossed(crossing) {
      saveCrossing(options.path, crossing);
      options.onCrossed?.(crossing);
    },
    ...(options.carrierDelayMsMax === undefined
      ? {}
      : { carrierDelayMsMax: options.carrierDelayMsMax }),
  };
}

/**
 * A client that reads the network of a home, with what the home believes; it opens no keys and
 * takes no lock, so that it works while another process has the home open.
 *
 * @throws WardError `NETWORK_FILE_MISSING`, `JSON_INVALID`.
 */
export async function openReader(options: HomeOptions): Promise<Ward> {
  const crypto = options.crypto ?? (await loadCrypto());
  return createWard(commonOptions(options, crypto));
}

async function openHome<W extends PersonWard | OrganisationWard>(
  options: HomeOptions,
  file: string,
  open: (common: WardOptions, store: FileStore) => Promise<W>,
): Promise<OpenHome<W>> {
  const { path } = options;
  const crypto = options.crypto ?? (await loadCrypto());
  const random = options.random ?? systemRandom;
  const keys = join(path, KEYS);
  const lock = HomeLock.acquire(keys);
  let store: FileStore | undefined;
  try {
    const key = loadHomeKey(keys, random);
    store = await openFileEventStore({ path: join(keys, file), key, crypto, random });
    const opened = store;
    const ward = await open(commonOptions(options, crypto), store);
    return {
      ward,
      close() {
        saveTrusted(path, ward.connection.ledger.trusted);
        opened.close();
        lock.release();
      },
    };
  } catch (error) {
    store?.close();
    lock.release();
    throw error;
  }
}
