import {
  type ChartHeader,
  currentKeys,
  isCurrent,
  makeColdKey,
  releaseKey,
  successionValue,
  type VerifiedHeader,
} from '@ward/charts';
import { Slot, signCarriedSlot, slotKey } from '@ward/ledger/schema';
import { equalBytes, hasCode, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { carry } from '../connection/submit.ts';
import { refuse } from '../errors.ts';
import { authoritiesOf, type Wallet } from '../wallet/wallet.ts';
import { authorityIndex, type KeptChart } from '../wallet/wallet-state.ts';
import { fetchHeaders } from './chart-view.ts';
import { putHeaderVersion, slotKeys } from './publish-header.ts';
import { rotateEpoch } from './rotate-epoch.ts';

/**
 * Takes a chart away from whoever has its keys: the cold key, which stands in the backup only,
 * names new ones. The first header under them follows at once, then a new epoch. What was begun
 * and not ended is gone on with.
 *
 * @throws WardError `COLD_KEY_MISSING` where the cold key is not on this device: restore the backup
 * first; `CHART_TAKEN` where somebody used it before.
 */
export function rotateCold(
  wallet: Wallet,
  kept: KeptChart,
  connection: Connection,
): Promise<VerifiedHeader> {
  return wallet.inOrder(`cold/${toHex(kept.chart)}`, async () => {
    const base = await lastHeader(kept, connection);
    const isBegun = authorityIndex(kept) < kept.authorities.length - 1;
    if (!isBegun) await planSuccession(wallet, kept, base.header, connection);
    await carrySuccession(kept, connection);
    await publishFirst(wallet, kept, base, connection);
    return rotateEpoch(wallet, kept, connection, { isAfterTheft: true });
  });
}

/**
 * The newest header that the vaults give, whether or not the chart has passed on meanwhile; where a
 * thief's is withheld from the owner, one before it.
 */
async function lastHeader(kept: KeptChart, connection: Connection): Promise<VerifiedHeader> {
  const { realm } = connection;
  const headers = await fetchHeaders(kept, connection);
  for (const verified of headers) {
    const state = await connection.prove(currentKeys(verified, realm));
    const cold = toHex(slotKey(verified.header.authority.cold));
    const bytes = (key: Uint8Array) => (toHex(key) === cold ? null : state.bytes(key));
    if (isCurrent(verified, { bytes }, realm)) return verified;
  }
  const [signed] = headers;
  if (signed === undefined) throw refuse('HEADER_WITHHELD');
  return signed;
}

/** Remembers the next keys before anything is said of them. */
async function planSuccession(
  wallet: Wallet,
  kept: KeptChart,
  { version }: ChartHeader,
  { random, realm }: Connection,
): Promise<void> {
  const { chart, authorities, coldSeeds } = kept;
  if (!coldSeeds.has(toHex(authorities.at(-1)!.cold))) throw refuse('COLD_KEY_MISSING');
  const seed = random.bytes(32);
  const ck = wallet.keysFrom(seed, kept).ck.publicKey;
  const { cold, seed: coldSeed } = makeColdKey(random, realm);
  await wallet.record(
    { kind: 'coldKeyMade', chart, cold, seed: coldSeed },
    { kind: 'chartTakenOver', chart, seed, ck, cold, version: version + 1 },
  );
}

/** Has the old cold key's slot name the new keys; that it does already is a success. */
async function carrySuccession(
  { chart, authorities, coldSeeds }: KeptChart,
  connection: Connection,
): Promise<void> {
  const { realm } = connection;
  const [old, next] = authorities.slice(-2);
  const authority = { ck: next!.ck, cold: next!.cold };
  const value = successionValue({ chart, authority }, realm);
  const coldSeed = coldSeeds.get(toHex(old!.cold));
  if (coldSeed === undefined) {
    const key = slotKey(old!.cold);
    const written = (await connection.prove([key])).record(Slot, key);
    if (written === null) throw refuse('COLD_KEY_MISSING');
    if (!equalBytes(written.value, value)) throw refuse('CHART_TAKEN');
    return;
  }
  const keyPair = realm.crypto.ed25519.keyPair(coldSeed);
  try {
    await carry(connection, { chart, slot: signCarriedSlot({ value, keyPair }, realm) });
  } catch (error) {
    throw hasCode(error, 'SLOT_TAKEN') ? refuse('CHART_TAKEN') : error;
  }
}

/** The first header under the new keys, with nothing in it that only the thief can know of. */
async function publishFirst(
  wallet: Wallet,
  kept: KeptChart,
  base: VerifiedHeader,
  connection: Connection,
): Promise<void> {
  const index = kept.authorities.length - 1;
  const { seed, ck } = kept.authorities[index]!;
  const { chart } = kept;
  if (equalBytes(base.header.authority.ck, ck)) {
    const { version } = base.header;
    await wallet.record({ kind: 'headerPublished', chart, version, digest: base.digest });
    return;
  }
  const keys = wallet.keysFrom(seed, kept);
  const version = base.header.version + 1;
  const own = base.header.releases.filter(
    (release) => wallet.releaseSecret(kept, releaseKey(release)) !== undefined,
  );
  const header: ChartHeader = {
    ...base.header,
    ...authoritiesOf(kept, index),
    version,
    state: 'open',
    releases: own,
    vaults: kept.vaults,
    mailboxKey: keys.mailbox.sealingKey.bytes,
    ...slotKeys(keys, version),
  };
  await putHeaderVersion({ wallet, kept, keys, header }, connection);
}
