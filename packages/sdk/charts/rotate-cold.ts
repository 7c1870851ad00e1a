import { makeColdKey, successionValue, type VerifiedHeader } from '@ward/charts';
import { signCarriedSlot } from '@ward/ledger/schema';
import { toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { carry } from '../connection/submit.ts';
import { refuse } from '../errors.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { authoritiesOf } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';
import { putHeaderVersion, slotKeys, viewOwnChart } from './publish-header.ts';
import { rotateEpoch } from './rotate-epoch.ts';

/**
 * Takes a chart away from whoever has its keys: the cold key, which stands in the backup only, names
 * new ones. The first header under them follows at once, then a new epoch.
 *
 * @throws WardError `COLD_KEY_MISSING` where the cold key is not on this device: restore the backup
 * first.
 */
export async function rotateCold(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
): Promise<VerifiedHeader> {
  const { realm, random } = connection;
  const { chart } = kept;
  const old = kept.authorities.at(-1)!;
  const coldSeed = kept.coldSeeds.get(toHex(old.cold));
  if (coldSeed === undefined) throw refuse('COLD_KEY_MISSING');
  const { current } = await viewOwnChart(kept, connection);
  const seed = random.bytes(32);
  const keys = wallet.keysFrom(seed, kept);
  const next = makeColdKey(random, realm);
  const authority = { ck: keys.ck.publicKey, cold: next.cold };
  const version = current.header.version + 1;
  await wallet.record(
    { kind: 'coldKeyMade', chart, cold: next.cold, seed: next.seed },
    { kind: 'chartTakenOver', chart, seed, ...authority, version },
  );
  const value = successionValue({ chart, authority }, realm);
  const keyPair = realm.crypto.ed25519.keyPair(coldSeed);
  await carry(connection, signCarriedSlot({ value, keyPair }, realm));
  const header = {
    ...current.header,
    ...authoritiesOf(kept),
    version,
    mailboxKey: keys.mailbox.sealingKey.bytes,
    ...slotKeys(keys, version),
  };
  await putHeaderVersion({ wallet, kept, keys, header }, connection);
  return rotateEpoch(wallet, kept, connection);
}
