import { writtenSlot } from '@ward/ledger/schema';
import { type AccountId, type Crypto, type Digest, mac, type Realm } from '@ward/protocol';

/** A writer of an epoch, as those know it who read the chart: its slots can be walked. */
export interface Source {
  readonly organisation: AccountId;
  /** MAC(ws, e): tells the addresses of this epoch, not the writer's secret. */
  readonly secret: Uint8Array;
}

/** MAC(ws, e). */
export function sourceSecret(
  { writeSecret, epoch }: { writeSecret: Uint8Array; epoch: number },
  crypto: Crypto,
): Uint8Array {
  return mac('write-secret', writeSecret, [epoch], crypto);
}

/** MAC(MAC(ws, e), n): slot address of the source's unit n. */
export function unitAddress(
  { secret, n }: { secret: Uint8Array; n: number },
  crypto: Crypto,
): Uint8Array {
  return mac('unit-slot', secret, [n], crypto);
}

/** Where unit n of a source stands in the ledger. */
export function unitSlot({ source, n }: { source: Source; n: number }, realm: Realm): Digest {
  const address = unitAddress({ secret: source.secret, n }, realm.crypto);
  return writtenSlot({ organisation: source.organisation, address }, realm);
}
