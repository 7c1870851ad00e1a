import {
  CUSTODIAN_FILE,
  CUSTODIAN_KEYS,
  type InspectedCustodian,
  inspectCustodian,
  loadCustodianSettings,
} from '@ward/custodian';
import { equalBytes, WardError } from '@ward/protocol';
import type { Examination } from './examine-home.ts';
import { examineServer } from './examine-server.ts';
import {
  type ExaminedServer,
  type ExamineServerOptions,
  readExaminedServer,
  tryToLoad,
  whileStopped,
} from './examined-server.ts';
import type { Finding } from './finding.ts';
import { type ListedKey, serviceKey } from './wrong-key.ts';

const WHY = 'An opening needs the shares of several custodians, and this one cannot give its own.';
const NEXT =
  'Do not start it, and keep the folder. Restore shares.db and home.key of one moment from a ' +
  'backup. Without one, tell owners whose charts name it to replace it (ward chart custodian ' +
  'replace): nothing is lost while enough others hold theirs.';

/**
 * Looks for the faults that keep a custodian from working, as `examineHome` does at a node. A
 * sample of its shares is opened, and nothing of them shown, while it is stopped.
 *
 * @throws WardError `HOME_MISSING`; `HOME_INVALID` where the home around it is damaged.
 */
export async function examineCustodian(options: ExamineServerOptions): Promise<Examination> {
  const { home, crypto } = options;
  const place = { home, file: CUSTODIAN_FILE };
  const settings = await tryToLoad(place, () => loadCustodianSettings(home));
  if ('fault' in settings) return { findings: [settings], isRunning: false };
  const looked = await whileStopped(home, async () => {
    try {
      return findUnreadableShares(await inspectCustodian(home, crypto));
    } catch (error) {
      if (error instanceof WardError) return [damagedShares(error.code)];
      throw error;
    }
  });
  const known = { kind: 'custodian', ...settings, isRunning: looked === undefined } as const;
  const examined = await readExaminedServer(options, known);
  return examineServer(examined, listedKeys(examined), looked?.value ?? []);
}

function listedKeys(examined: ExaminedServer): ListedKey[] {
  const { crypto } = examined;
  return [
    serviceKey(CUSTODIAN_KEYS.service, examined),
    {
      file: CUSTODIAN_KEYS.sealing,
      isListed: (seed, { organisation }) => {
        const { bytes } = crypto.kem.openingKey(seed).sealingKey;
        return isSame(organisation?.custodian?.sealingKey, bytes);
      },
    },
    {
      file: CUSTODIAN_KEYS.receipt,
      isListed: (seed, { organisation }) => {
        const { publicKey } = crypto.ed25519.keyPair(seed);
        return isSame(organisation?.custodian?.publicKey, publicKey);
      },
    },
  ];
}

function isSame(listed: Uint8Array | undefined, own: Uint8Array): boolean {
  return listed !== undefined && equalBytes(listed, own);
}

function findUnreadableShares(inspected: InspectedCustodian | undefined): Finding[] {
  if (inspected === undefined) return [];
  const { shares, tried, unopened, hasHomeKey } = inspected;
  if (unopened === 0) return [];
  const what = hasHomeKey
    ? `Of ${shares} shares ${tried} were tried: ${unopened} do not open with home.key.`
    : `home.key is missing, or is no key: ${shares} shares are sealed under it.`;
  return [{ fault: 'unreadable-shares', what, why: WHY, next: NEXT }];
}

function damagedShares(code: string): Finding {
  const what = `The shares of the custodian, shares.db, cannot be read whole: ${code}.`;
  return { fault: 'corrupted-store', what, why: WHY, next: NEXT };
}
