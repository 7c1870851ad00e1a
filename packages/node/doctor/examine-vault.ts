import { WardError } from '@ward/protocol';
import {
  type InspectedVault,
  inspectVault,
  loadVaultSettings,
  VAULT_FILE,
  VAULT_KEYS,
} from '@ward/vault';
import type { Examination } from './examine-home.ts';
import { examineServer } from './examine-server.ts';
import {
  type ExamineServerOptions,
  readExaminedServer,
  tryToLoad,
  whileStopped,
} from './examined-server.ts';
import type { Finding } from './finding.ts';
import { serviceKey } from './wrong-key.ts';

/**
 * Looks for the faults that keep a vault from working, as `examineHome` does at a node. Of what it
 * stores a sample is read, while it is stopped; the whole is for `ward vault scrub`.
 *
 * @throws WardError `HOME_MISSING`; `HOME_INVALID` where the home around it is damaged.
 */
export async function examineVault(options: ExamineServerOptions): Promise<Examination> {
  const { home, crypto } = options;
  const place = { home, file: VAULT_FILE };
  const settings = await tryToLoad(place, () => loadVaultSettings(home));
  if ('fault' in settings) return { findings: [settings], isRunning: false };
  const { organisation, networkFile } = settings;
  const realm = { network: networkFile.network, crypto };
  const looked = await whileStopped(home, async () => {
    try {
      return findDamagedObjects(await inspectVault(home, realm));
    } catch (error) {
      if (error instanceof WardError) return [damagedIndex(error.code)];
      throw error;
    }
  });
  const known = { kind: 'vault', organisation, account: organisation, networkFile } as const;
  const examined = await readExaminedServer(options, { ...known, isRunning: looked === undefined });
  const keys = [serviceKey(VAULT_KEYS.service, examined)];
  return examineServer(examined, keys, looked?.value ?? []);
}

function findDamagedObjects(inspected: InspectedVault | undefined): Finding[] {
  if (inspected === undefined) return [];
  const { objects, looked, missing, altered, setAside } = inspected;
  if (missing + altered + setAside === 0) return [];
  return [
    {
      fault: 'damaged-objects',
      what:
        `Of ${objects} objects ${looked} were looked at: ${missing} are missing, ${altered} are ` +
        `altered; ${setAside} are set aside since before.`,
      why: 'Whoever asks for them gets nothing here, and has to find them in another vault.',
      next:
        'Look at the disk, then run ward vault scrub: it reads all, and mends what other vaults ' +
        'have whole.',
    },
  ];
}

function damagedIndex(code: string): Finding {
  return {
    fault: 'corrupted-store',
    what: `The index of the vault, index.db, cannot be read whole: ${code}.`,
    why: 'Without it nobody knows what the blobs are, and the vault does not start.',
    next:
      'Do not start it, and keep the folder. Look at the disk, then restore index.db and blobs ' +
      'of one moment from a backup. Without one, make the vault anew: what its charts have ' +
      'elsewhere stays there, and owners and writers store it here again.',
  };
}
