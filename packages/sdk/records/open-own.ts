import type { ParsedManifest, UnitKeys } from '@ward/charts';
import {
  openRecord,
  openRecordBytes,
  ownUnitKey,
  packedName,
  type RecordMetadata,
  refuseChart,
} from '@ward/charts';
import type { AccountId } from '@ward/protocol';
import { concatBytes, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import { Vaults } from '../connection/vaults.ts';
import { refuse } from '../errors.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { KeptChart } from '../wallet/wallet-state.ts';
import { fetchPackedBodies, type UnitBodies } from './packed-bodies.ts';
import { unitKeyOf } from './unit-key.ts';
import type { UnitSummary } from './unit-summary.ts';

/** A record with its bytes as they were received. */
export interface OpenRecord {
  readonly index: number;
  readonly metadata: RecordMetadata;
  readonly bytes: Uint8Array;
}

/**
 * Opens all records of an own unit: the owner has both keys and asks nobody. Those that the owner
 * erased one by one are left out.
 *
 * @param fetched Bodies that came with those of other units; fetched here when left out.
 * @throws WardError `RECORD_ERASED`, `UNIT_INVALID`, `OBJECT_MISMATCH`.
 */
export async function openOwnUnit(
  wallet: Wallet,
  kept: KeptChart,
  unit: UnitSummary,
  connection: Connection,
  fetched?: UnitBodies,
): Promise<OpenRecord[]> {
  const { parsed, epoch } = unit;
  if (parsed === undefined) throw refuse('UNIT_WITHHELD', { n: unit.n });
  const { realm } = connection;
  const secret = wallet.releaseSecret(kept, parsed.manifest.q);
  const isLocked = parsed.manifest.q.length > 0;
  if (isLocked && secret === undefined) throw refuseChart('RECORD_ERASED');
  const keys = {
    k1: await unitKeyOf(parsed, wallet.epochKey(kept, epoch), realm),
    k2: secret === undefined ? new Uint8Array(0) : ownUnitKey(parsed, secret, realm),
  };
  const bodies = fetched ?? (await bodiesOf(parsed, kept.vaults, connection));
  const opened: OpenRecord[] = [];
  for (let index = 0; index < parsed.manifest.bodies.length; index++) {
    if (kept.erasedRecords.has(`${toHex(parsed.label)}/${index}`)) continue;
    const place = { parsed, keys, index, body: bodies.get(index) };
    opened.push(await readRecord(place, kept.vaults, connection));
  }
  return opened;
}

/** Bodies of one unit that come in one request. */
async function bodiesOf(
  parsed: ParsedManifest,
  vaultIds: readonly AccountId[],
  connection: Connection,
): Promise<UnitBodies> {
  const found = await fetchPackedBodies([parsed], new Vaults(vaultIds, connection), connection);
  return found.get(toHex(parsed.label)) ?? new Map();
}

/** Where a record is, and its body where that has come already. */
export interface RecordToRead {
  readonly parsed: ParsedManifest;
  readonly keys: UnitKeys;
  readonly index: number;
  readonly body?: Uint8Array | undefined;
}

/**
 * Fetches, decrypts and verifies one record.
 *
 * @throws WardError `RECORD_ERASED` where no vault has its body, `OBJECT_MISMATCH` where one
 * altered it, `UNIT_INVALID`, `SEAL_INVALID`.
 */
export async function readRecord(
  { parsed, keys, index, body }: RecordToRead,
  vaultIds: readonly AccountId[],
  connection: Connection,
): Promise<OpenRecord> {
  if (body !== undefined) {
    const place = { unit: parsed, keys, index };
    return { index, ...(await openRecordBytes(place, body, connection.realm)) };
  }
  const opened = await streamRecord({ parsed, keys, index }, vaultIds, connection);
  const pieces: Uint8Array[] = [];
  for await (const piece of opened.bytes) pieces.push(piece);
  return { index, metadata: opened.metadata, bytes: concatBytes(...pieces) };
}

/** Like {@link readRecord}, in bounded memory: the end of the bytes verifies the whole. */
export async function streamRecord(
  { parsed, keys, index }: { parsed: ParsedManifest; keys: UnitKeys; index: number },
  vaultIds: readonly AccountId[],
  connection: Connection,
) {
  const { crypto } = connection.realm;
  const { bodies, packed } = parsed.manifest;
  const entry = bodies[index];
  if (entry === undefined) throw refuse('RECORD_NOT_FOUND');
  const place = packed ? { name: packedName(bodies, crypto), index } : null;
  const body = await new Vaults(vaultIds, connection).body({ ...entry, packed: place });
  return openRecord({ unit: parsed, keys, index }, body, connection.realm);
}
