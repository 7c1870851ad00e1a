import { isKeyActive } from '@ward/ledger/schema';
import { equalBytes, WardError } from '@ward/protocol';
import { HomeFolder } from '@ward/server';
import type { LedgerAnswer, OrganisationFacts } from './ask-ledger.ts';
import type { ExaminedServer } from './examined-server.ts';
import type { Finding } from './finding.ts';

/** A file with a key of a home, and what the ledger has to say of it. */
export interface ListedKey {
  readonly file: string;
  /** Whether the ledger lists the public key that belongs to this seed. */
  readonly isListed: (seed: Uint8Array, facts: OrganisationFacts) => boolean;
}

/** The key with which a server signs, as its account lists it. */
export function serviceKey(
  file: string,
  { crypto, organisation }: Pick<ExaminedServer, 'crypto' | 'organisation'>,
): ListedKey {
  return {
    file,
    isListed: (seed, { account, time }) => {
      const { publicKey } = crypto.ed25519.keyPair(seed);
      const isOurs = account !== null && equalBytes(account.organisation, organisation);
      const listed = account?.keys.filter((key) => key.kind === 'service') ?? [];
      return (
        isOurs &&
        listed.some((key) => equalBytes(key.publicKey, publicKey) && isKeyActive(key, time))
      );
    },
  };
}

/** Every key is there, and is the one that the ledger lists; where nothing is proved, the first. */
export async function findWrongKeys(
  { home, kind }: ExaminedServer,
  keys: readonly ListedKey[],
  { facts }: LedgerAnswer,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { file, isListed } of keys) {
    const seed = await tryToRead(home, file);
    if (seed === undefined) {
      findings.push(finding(`${file} is missing, or is no key.`, kind));
    } else if (facts !== undefined && !isListed(seed, facts)) {
      findings.push(finding(`${file} is not the key that the ledger lists now.`, kind));
    }
  }
  return findings;
}

async function tryToRead(home: string, file: string): Promise<Uint8Array | undefined> {
  try {
    return await new HomeFolder(home).readSeed(file);
  } catch (error) {
    const isRefused = (error as NodeJS.ErrnoException).code !== undefined;
    if (error instanceof WardError || isRefused) return undefined;
    throw error;
  }
}

function finding(what: string, kind: ExaminedServer['kind']): Finding {
  const stores = kind === 'vault' ? 'index.db and blobs' : 'shares.db and home.key';
  return {
    fault: 'wrong-key',
    what,
    why: 'What it signs is believed, and what is sealed to it opened, by the key in the ledger.',
    next:
      `Bring the file back from a backup. Without one, move this home aside, make the ${kind} ` +
      `anew, which publishes new keys (ward ${kind} init), and move ${stores} into it.`,
  };
}
