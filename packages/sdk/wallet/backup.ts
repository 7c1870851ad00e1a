import { defineFormat, field, WardError } from '@ward/protocol';
import { Decrypter, Encrypter } from 'age-encryption';
import { refuse } from '../errors.ts';
import type { Wallet } from './wallet.ts';
import { WalletEvent } from './wallet-events.ts';

const EVENTS_MAX = 1_000_000;
/** The inputs of the largest unit, and some more. */
const EVENT_BYTES_MAX = 256 * 1024;

/** All that a wallet has, cold keys included. */
const WalletBackup = defineFormat('wallet-backup', 1, {
  network: field.bytes(32),
  events: field.list(field.bytesBetween(1, EVENT_BYTES_MAX), { min: 1, max: EVENTS_MAX }),
});

/**
 * The wallet as one age file (age-encryption.org, scrypt recipient). Keep it off the device: the
 * cold keys are in no other place once `forgetColdKeys` was called.
 */
export async function backUpWallet(wallet: Wallet, passphrase: string): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  const events = wallet.events.map((event) => WalletEvent.encode(event));
  const { network } = wallet.realm;
  return encrypter.encrypt(WalletBackup.encode({ network, events }));
}

/** What a backup holds. */
export interface WalletContent {
  readonly network: Uint8Array;
  readonly events: readonly WalletEvent[];
}

/**
 * Opens a backup; see `restorePerson` for what is done with it.
 *
 * @throws WardError `BACKUP_INVALID`.
 */
export async function readBackup(file: Uint8Array, passphrase: string): Promise<WalletContent> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    const { network, events } = WalletBackup.decode(await decrypter.decrypt(file));
    return { network, events: events.map((event) => WalletEvent.decode(event)) };
  } catch (error) {
    throw error instanceof WardError ? error : refuse('BACKUP_INVALID');
  }
}
