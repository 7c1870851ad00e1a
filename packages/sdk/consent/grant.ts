import {
  type Action,
  CHART_LIMITS,
  Grant,
  type GrantEnvelope,
  grantLeaf,
  type Purpose,
  parsePurposes,
  writePart,
} from '@ward/charts';
import { type AccountId, compareBytes, type Digest, type Seconds } from '@ward/protocol';
import { putRoster, putSources, sourcesOf } from '../charts/chart-objects.ts';
import { rememberedKey, sendLetter } from '../charts/make-card.ts';
import { publishHeader } from '../charts/publish-header.ts';
import { fetchSources, rotateEpoch } from '../charts/rotate-epoch.ts';
import type { Connection } from '../connection/connection.ts';
import type { Wallet } from '../wallet/wallet.ts';
import { firstAuthority, type KeptChart, newestEpoch } from '../wallet/wallet-state.ts';

export interface GrantParameters {
  /** Organisation that may read or write. */
  readonly grantee: AccountId;
  /** HL7 PurposeOfUse codes. */
  readonly purposes: readonly string[];
  readonly actions?: readonly Action[];
  /** Labels of the units that may be opened; all when left out. */
  readonly units?: readonly Digest[];
  /** Now when left out. */
  readonly from?: Seconds;
  readonly until: Seconds;
  readonly openingsMax?: number;
  readonly unitsPerOpeningMax?: number;
  /** Only what is written from now on: begins an epoch. */
  readonly isFromNowOn?: boolean;
  /** Accept that the organisation has another sealing key than last time. */
  readonly acceptChangedKey?: boolean;
}

/** A grant that was made. */
export interface MadeConsent {
  readonly leaf: Digest;
  readonly grant: Grant;
}

const OPENINGS_DEFAULT = 100;
const UNITS_PER_OPENING_DEFAULT = 20;

/**
 * Grants an organisation access to a chart: a leaf in the roster of the next header, and an envelope
 * with the epochs' seeds in the organisation's inbox.
 *
 * @throws WardError `WORD_UNKNOWN`, `ORGANISATION_KEY_CHANGED`, what vaults, inbox and nodes refuse.
 * @example
 * await ward.consent.grant({ chart: 'general', grantee, purposes: ['TREAT'], until });
 */
export async function grant(
  wallet: Wallet,
  kept: KeptChart,
  parameters: GrantParameters,
  connection: Connection,
): Promise<MadeConsent> {
  const { grantee } = parameters;
  await rememberedKey(wallet, grantee, connection, parameters);
  if (parameters.isFromNowOn === true) await rotateEpoch(wallet, kept, connection);
  const { body, writeSecret } = makeBody(wallet, kept, parameters, connection.now());
  const salt = wallet.random.bytes(32);
  const bytes = Grant.encode(body);
  const leaf = grantLeaf({ salt, grant: bytes }, wallet.realm);
  const { chart } = kept;
  await wallet.record({ kind: 'grantMade', chart, leaf, salt, grant: bytes });
  if (writeSecret !== null) {
    await wallet.record({ kind: 'sourceListed', chart, organisation: grantee, writeSecret });
  }
  await publishGrants(wallet, kept, connection);
  const seeds = [...kept.epochs]
    .map(([epoch, seed]) => ({ epoch, seed }))
    .filter(({ epoch }) => parameters.isFromNowOn !== true || epoch === newestEpoch(kept))
    .sort((a, b) => a.epoch - b.epoch)
    .slice(-CHART_LIMITS.grantEpochsMax);
  const envelope: GrantEnvelope = {
    kind: kept.kind,
    ...firstAuthority(kept),
    vaults: kept.vaults,
    grant: bytes,
    salt,
    seeds: body.actions.includes('read') ? seeds : [],
    writeSecret,
  };
  const letter = { kind: 'grant' as const, envelope };
  await sendLetter(wallet, { organisation: grantee, letter }, connection, parameters);
  return { leaf, grant: body };
}

function makeBody(
  wallet: Wallet,
  kept: KeptChart,
  parameters: GrantParameters,
  now: Seconds,
): { body: Grant; writeSecret: Uint8Array | null } {
  const { grantee, actions = ['read'], units } = parameters;
  const purposes: Purpose[] = parsePurposes(parameters.purposes);
  const mayWrite = actions.includes('write');
  const writeSecret = mayWrite ? wallet.keysOf(kept).writeSecret(grantee) : null;
  const body: Grant = {
    grantee,
    purposes,
    actions,
    units: units === undefined ? null : [...units].sort(compareBytes),
    from: parameters.from ?? now,
    until: parameters.until,
    openingsMax: parameters.openingsMax ?? OPENINGS_DEFAULT,
    unitsPerOpeningMax: parameters.unitsPerOpeningMax ?? UNITS_PER_OPENING_DEFAULT,
    conditions: [],
    openSecret: wallet.random.bytes(32),
    writePart: writeSecret === null ? null : writePart(writeSecret, wallet.realm),
  };
  return { body, writeSecret };
}

/** Publishes a header with the grants and sources as the wallet has them now; the epoch stays. */
export function publishGrants(wallet: Wallet, kept: KeptChart, connection: Connection) {
  return publishHeader(
    wallet,
    kept,
    async (current) => {
      const input = { wallet, kept, current };
      const { previous } = await fetchSources(kept, current, connection);
      const sources = sourcesOf({ wallet, kept, epoch: current.epoch.number }, previous);
      return {
        roster: await putRoster(input, connection),
        sources: await putSources(input, sources, connection),
      };
    },
    connection,
  );
}
