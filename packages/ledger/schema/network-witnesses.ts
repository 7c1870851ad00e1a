import {
  type Crypto,
  equalBytes,
  field,
  parseVerifierKey,
  refuseProtocol,
  type Transport,
  VERIFIER_KEY_LENGTH_MAX,
  type WitnessKey,
} from '@ward/protocol';
import { LEDGER_LIMITS } from './limits.ts';
import type { KnownWitnesses } from './witness-check.ts';

export const NETWORK_WITNESSES_MAX = 32;
/** A witness speaks every few seconds: one that has been silent for so long confirms nothing. */
const COSIGNATURE_AGE_SECONDS_MAX = 60;
const CLOCK_DRIFT_SECONDS = 10;

/** Witnesses of a network, and how many of them have to confirm what its nodes show. */
export const networkWitnessesField = field.struct({
  known: field.list(
    field.struct({
      /** Verifier key of C2SP, which holds the name: see `parseVerifierKey`. */
      key: field.text(VERIFIER_KEY_LENGTH_MAX),
      /** Where it is asked for its newest head. */
      origin: field.text(LEDGER_LIMITS.endpointBytesMax),
    }),
    { min: 1, max: NETWORK_WITNESSES_MAX },
  ),
  quorum: field.integer(1),
});

/** As it stands in a network file; null where nobody has to be asked. */
export interface NetworkWitnesses {
  readonly known: readonly { readonly key: string; readonly origin: string }[];
  readonly quorum: number;
}

/**
 * The witnesses' keys, in the order of the list.
 *
 * @throws WardError `WITNESS_KEY_INVALID`; `WITNESS_TWICE` where name, key or origin stand twice;
 * `WITNESS_QUORUM_RANGE` where more have to confirm than there are.
 */
export function checkNetworkWitnesses(
  { known, quorum }: NetworkWitnesses,
  crypto: Crypto,
): WitnessKey[] {
  const witnesses = known.map(({ key }) => parseVerifierKey(key, crypto));
  for (const [position, { name, publicKey }] of witnesses.entries()) {
    const other = witnesses.findIndex(
      (each, i) =>
        each.name === name ||
        equalBytes(each.publicKey, publicKey) ||
        known[i]!.origin === known[position]!.origin,
    );
    if (other < position) throw refuseProtocol('WITNESS_TWICE', { position, other });
  }
  if (quorum > witnesses.length) {
    const { length } = witnesses;
    throw refuseProtocol('WITNESS_QUORUM_RANGE', { wanted: quorum, witnesses: length });
  }
  return witnesses;
}

/**
 * Whom a client of this network asks; undefined where the network file names nobody.
 *
 * @throws WardError as {@link checkNetworkWitnesses} does.
 */
export function knownWitnesses(
  named: NetworkWitnesses | null,
  { connect, crypto }: { readonly connect: (origin: string) => Transport; readonly crypto: Crypto },
): KnownWitnesses | undefined {
  if (named === null) return undefined;
  return {
    policy: {
      witnesses: checkNetworkWitnesses(named, crypto),
      quorum: named.quorum,
      ageSecondsMax: COSIGNATURE_AGE_SECONDS_MAX,
      clockDriftSeconds: CLOCK_DRIFT_SECONDS,
    },
    ways: named.known.map(({ origin }) => connect(origin)),
  };
}
