import { NetworkFile } from '@ward/ledger/schema';
import { ACCOUNT_ID_BYTES, type AccountId, defineFormat, field } from '@ward/protocol';
import { HomeFolder, refuseServer } from '@ward/server';

/** What stands in `vault.json`. */
const VaultFile = defineFormat('vault-home', 1, {
  organisation: field.bytes(ACCOUNT_ID_BYTES),
});

/** What a vault runs with. */
export interface VaultHome {
  /** Who runs the vault. */
  readonly organisation: AccountId;
  readonly networkFile: NetworkFile;
  /** 32 bytes: a service key of the organisation; it signs deletion receipts. */
  readonly serviceSeed: Uint8Array;
}

/** File that makes a folder the home of a vault. */
export const VAULT_FILE = 'vault.json';
const NETWORK_FILE = 'network.json';
/** Files of its keys. */
export const VAULT_KEYS = { service: 'service.key' } as const;

/**
 * Makes the home of a vault: `vault.json` and `network.json` to read, `service.key` for the owner
 * of the folder alone. What the vault stores will stand beside them.
 *
 * @throws WardError `HOME_TAKEN`, `STORE_FULL`.
 */
export async function vaultInit(
  { organisation, networkFile, serviceSeed }: VaultHome,
  home: string,
): Promise<void> {
  const folder = new HomeFolder(home);
  if (folder.has(VAULT_FILE)) throw refuseServer('HOME_TAKEN');
  await folder.writeJson(NETWORK_FILE, NetworkFile, networkFile);
  await folder.write(VAULT_KEYS.service, serviceSeed);
  // Last: with this file there is a vault.
  await folder.writeJson(VAULT_FILE, VaultFile, { organisation });
}

/** @throws WardError `HOME_MISSING`, `HOME_INVALID`. */
export async function loadVaultHome(home: string): Promise<VaultHome> {
  const folder = new HomeFolder(home);
  return {
    ...(await loadVaultSettings(home)),
    serviceSeed: await folder.readSeed(VAULT_KEYS.service),
  };
}

/**
 * What a home says of its vault, without the key.
 *
 * @throws WardError `HOME_MISSING`, `HOME_INVALID`.
 */
export async function loadVaultSettings(home: string): Promise<Omit<VaultHome, 'serviceSeed'>> {
  const folder = new HomeFolder(home);
  const { organisation } = await folder.readJson(VAULT_FILE, VaultFile);
  return { organisation, networkFile: await folder.readJson(NETWORK_FILE, NetworkFile) };
}
