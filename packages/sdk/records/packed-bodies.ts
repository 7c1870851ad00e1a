import { getObjects, objectName, type ParsedManifest, packedName } from '@ward/charts';
import { callEndpoint, equalBytes, type Realm, toHex } from '@ward/protocol';
import type { Connection } from '../connection/connection.ts';
import type { Vaults } from '../connection/vaults.ts';

const NAMES_PER_REQUEST = 500;
/** Bodies that are asked for at once, and then stand in memory. */
const PAGE_BYTES = 16 * 1024 * 1024;

/** Bodies that came whole and unaltered, by their place in their unit. */
export type UnitBodies = ReadonlyMap<number, Uint8Array>;

/**
 * Cuts units into pages of which one request has the bodies; the order stays.
 *
 * @param unitOf What of an item is fetched; undefined for one that needs nothing.
 */
export function* bodyPages<T>(
  items: readonly T[],
  unitOf: (item: T) => ParsedManifest | undefined,
): Generator<T[]> {
  let page: T[] = [];
  let left = PAGE_BYTES;
  for (const item of items) {
    const unit = unitOf(item);
    const size = unit?.manifest.packed ? sizeOf(unit) : 0;
    if (page.length > 0 && (size > left || page.length === NAMES_PER_REQUEST)) {
      yield page;
      page = [];
      left = PAGE_BYTES;
    }
    page.push(item);
    left -= size;
  }
  if (page.length > 0) yield page;
}

function sizeOf({ manifest }: ParsedManifest): number {
  return manifest.bodies.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Bodies of packed units in few requests: a unit of many small records is one object. Each body is
 * compared with its digest; what a vault lacks, altered or erased is asked of the next one, and
 * what none gives is missing here: `Vaults.body` then says why.
 *
 * @param units At most those of one page of {@link bodyPages}.
 * @returns Bodies by the unit's label, as hexadecimal.
 */
export async function fetchPackedBodies(
  units: readonly ParsedManifest[],
  vaults: Vaults,
  { realm }: Connection,
): Promise<ReadonlyMap<string, UnitBodies>> {
  const found = new Map<string, Map<number, Uint8Array>>();
  const packed = units.filter(({ manifest }) => manifest.packed);
  for (const { label } of packed) found.set(toHex(label), new Map());
  const isWhole = ({ label, manifest }: ParsedManifest) =>
    found.get(toHex(label))!.size === manifest.bodies.length;
  await vaults.each(async ({ transport }) => {
    const wanted = packed.filter((unit) => !isWhole(unit));
    if (wanted.length === 0) return;
    const names = wanted.map(({ manifest }) => packedName(manifest.bodies, realm.crypto));
    const request = { params: {}, query: {}, body: { names } };
    const { objects } = await callEndpoint(getObjects, request, transport);
    for (const [i, unit] of wanted.entries()) {
      const bodies = found.get(toHex(unit.label))!;
      const bytes = objects[i];
      if (bytes) takeBodies(unit, bytes, bodies, realm);
    }
  });
  return found;
}

function takeBodies(
  { manifest }: ParsedManifest,
  bytes: Uint8Array,
  bodies: Map<number, Uint8Array>,
  { crypto }: Realm,
): void {
  let at = 0;
  for (const [index, { digest, size }] of manifest.bodies.entries()) {
    const body = bytes.subarray(at, at + size);
    at += size;
    if (equalBytes(objectName(body, crypto), digest)) bodies.set(index, body);
  }
}
