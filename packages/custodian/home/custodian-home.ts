import { NetworkFile } from '@ward/ledger/schema';
import { ACCOUNT_ID_BYTES, type AccountId, defineFormat, field } from '@ward/protocol';
import { HomeFolder, refuseServer } from '@ward/server';

/** What stands in `custodian.json`. */
const CustodianFile = defineFormat('custodian-home', 1, {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
  account: field.bytes(ACCOUNT_ID_BYTES),
});

/** What a custodian runs with. */
export interface CustodianHome {
  /** Who runs the custodian. */
  readonly organisation: AccountId;
  /** Account whose service key signs notices; the organisation's first one has its id. */
  readonly account: AccountId;
  readonly networkFile: NetworkFile;
  /** 32 bytes each: service key of the account, sealing key and receipt key of the custodian. */
  readonly serviceSeed: Uint8Array;
  readonly sealingSeed: Uint8Array;
  readonly receiptSeed: Uint8Array;
}

/** File that makes a folder the home of a custodian. */
export const CUSTODIAN_FILE = 'custodian.json';
const NETWORK_FILE = 'network.json';
/** Files of its keys. */
export const CUSTODIAN_KEYS = {
  service: 'service.key',
  sealing: 'sealing.key',
  receipt: 'receipt.key',
} as const;

/**
 * Makes the home of a custodian: settings to read, keys for the owner of the folder alone. The
 * shares will stand beside them, sealed.
 *
 * @throws WardError `HOME_TAKEN`, `STORE_FULL`.
 */
export async function custodianInit(own: CustodianHome, home: string): Promise<void> {
  const folder = new HomeFolder(home);
  if (folder.has(CUSTODIAN_FILE)) throw refuseServer('HOME_TAKEN');
  const { organisation, account, networkFile } = own;
  await folder.writeJson(NETWORK_FILE, NetworkFile, networkFile);
  await folder.write(CUSTODIAN_KEYS.service, own.serviceSeed);
  await folder.write(CUSTODIAN_KEYS.sealing, own.sealingSeed);
  await folder.write(CUSTODIAN_KEYS.receipt, own.receiptSeed);
  // Last: with this file there is a custodian.
  await folder.writeJson(CUSTODIAN_FILE, CustodianFile, { organisation, account });
}

/** @throws WardError `HOME_MISSING`, `HOME_INVALID`. */
export async function loadCustodianHome(home: string): Promise<CustodianHome> {
  const folder = new HomeFolder(home);
  return {
    ...(await loadCustodianSettings(home)),
    serviceSeed: await folder.readSeed(CUSTODIAN_KEYS.service),
    sealingSeed: await folder.readSeed(CUSTODIAN_KEYS.sealing),
    receiptSeed: await folder.readSeed(CUSTODIAN_KEYS.receipt),
  };
}

/**
 * What a home says of its custodian, without the keys.
 *
 * @throws WardError `HOME_MISSING`, `HOME_INVALID`.
 */
export async function loadCustodianSettings(
  home: string,
): Promise<Pick<CustodianHome, 'organisation' | 'account' | 'networkFile'>> {
  const folder = new HomeFolder(home);
  return {
    ...(await folder.readJson(CUSTODIAN_FILE, CustodianFile)),
    networkFile: await folder.readJson(NETWORK_FILE, NetworkFile),
  };
}
