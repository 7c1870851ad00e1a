import { NetworkFile } from '@ward/ledger/schema';
import { defineFormat, field, isNoteName, NOTE_LIMITS } from '@ward/protocol';
import { refuse } from '../errors.ts';
import { HomeFolder } from '../storage/home-folder.ts';

/** What stands in `witness.json`. */
const WitnessFile = defineFormat('witness-home', 1, {
  name: field.text(NOTE_LIMITS.nameLengthMax),
});

/** What a witness runs with. */
export interface WitnessHome {
  /** As it stands in its cosignatures: a host name with a path is the custom. */
  readonly name: string;
  /** 32 bytes: the key of its cosignatures. */
  readonly seed: Uint8Array;
  readonly networkFile: NetworkFile;
}

const WITNESS_FILE = 'witness.json';
const NETWORK_FILE = 'network.json';
const KEY_FILE = 'witness.key';

/**
 * Makes the home of a witness: whom it follows, and its key for the owner of the folder alone.
 *
 * @throws WardError `WITNESS_NAME_INVALID`, `HOME_TAKEN`, `STORE_FULL`.
 */
export async function witnessInit(own: WitnessHome, home: string): Promise<void> {
  if (!isNoteName(own.name)) throw refuse('WITNESS_NAME_INVALID');
  const folder = new HomeFolder(home);
  if (folder.has(WITNESS_FILE)) throw refuse('HOME_TAKEN');
  await folder.writeJson(NETWORK_FILE, NetworkFile, own.networkFile);
  await folder.write(KEY_FILE, own.seed);
  // Last: with this file there is a witness.
  await folder.writeJson(WITNESS_FILE, WitnessFile, { name: own.name });
}

/** @throws WardError `HOME_MISSING`, `HOME_INVALID`. */
export async function loadWitnessHome(home: string): Promise<WitnessHome> {
  const folder = new HomeFolder(home);
  const { name } = await folder.readJson(WITNESS_FILE, WitnessFile);
  if (!isNoteName(name)) throw refuse('HOME_INVALID');
  return {
    name,
    seed: await folder.readSeed(KEY_FILE),
    networkFile: await folder.readJson(NETWORK_FILE, NetworkFile),
  };
}
