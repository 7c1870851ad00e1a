import type { Role } from '@ward/ledger/schema';
import type { AccountId, Crypto } from '@ward/protocol';
import { type FounderFile, type FounderKeys, type FounderPlace, signFounder } from '@ward/sdk';

const LABELS = ['service', 'officer', 'node', 'validator', 'peer'] as const;

/** Keys of a synthetic founder, the same each time. */
export function sampleFounderKeys(index: number, crypto: Crypto): FounderKeys {
  const pairs = LABELS.map((label, place) => {
    const seed = crypto.sha256(Uint8Array.of(index, place));
    return [label, crypto.ed25519.keyPair(seed)] as const;
  });
  return Object.fromEntries(pairs) as unknown as FounderKeys;
}

export interface SampleFounder {
  readonly keys?: FounderKeys;
  readonly account?: AccountId;
  readonly address?: string;
  readonly roles?: readonly Role[];
}

/** What a synthetic organisation says that founds a network with others. */
export function sampleFounder(
  index: number,
  place: FounderPlace,
  crypto: Crypto,
  own: SampleFounder = {},
): FounderFile {
  const { keys = sampleFounderKeys(index, crypto), roles = ['provider'] } = own;
  const { address = `10.0.0.${index}:26656` } = own;
  const application = {
    account: own.account ?? new Uint8Array(16).fill(index),
    servicePublicKey: keys.service.publicKey,
    officerPublicKey: keys.officer.publicKey,
    name: `Founder ${index} (synthetic)`,
    roles: [...roles],
    endpoints: { node: `http://10.0.0.${index}:8080`, vault: null, custodian: null, inbox: null },
    sealingKey: crypto.kem.openingKey(crypto.sha256(Uint8Array.of(index))).sealingKey.bytes,
    custodian: null,
  };
  return signFounder(keys, { ...place, application, address }, crypto);
}
