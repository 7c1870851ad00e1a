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
import {
  type AccountId,
  compareBytes,
  type Digest,
  equalBytes,
  type Seconds,
  toHex,
} from '@ward/protocol';
import { putRoster, putSources, sourcesOf } from '../charts/chart-objects.ts';
import { rememberedKey, sendLetter } from '../charts/make-card.ts';
import { publishHeader } from '../charts/publish-header.ts';
import { fetchSources, finishRotation, rotateEpoch } from '../charts/rotate-epoch.ts';
import type { Connection } from '../connection/connection.ts';
import type { Wallet } from '../wallet/wallet.ts';
import type { WalletChange } from '../wallet/wallet-events.ts';
import { firstAuthority, type KeptChart, type KeptGrant } from '../wallet/wallet-state.ts';

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
 * Grants an organisation access to a chart: a leaf in the roster of the next header, and an
 * envelope with the epochs' seeds in the organisation's inbox. A call that failed on the way is
 * made again with the same parameters: it goes on with the same grant.
 *
 * @throws WardError `WORD_UNKNOWN`, `ORGANISATION_KEY_CHANGED`, what vaults, inbox and nodes
 * refuse.
 * @example
 * await ward.consent.grant({ chart: 'general', grantee, purposes: ['TREAT'], until });
 */
export function grant(
  wallet: Wallet,
  kept: KeptChart,
  parameters: GrantParameters,
  connection: Connection,
): Promise<MadeConsent> {
  return wallet.inOrder(`grant/${toHex(kept.chart)}`, async () => {
    const { grantee, isFromNowOn = false } = parameters;
    await rememberedKey(wallet, grantee, connection, parameters);
    const { body, writeSecret } = makeBody(wallet, kept, parameters, connection.now());
    const begun = findBegun(kept, body, parameters);
    if (begun === undefined && isFromNowOn) await rotateEpoch(wallet, kept, connection);
    const made = begun ?? (await remember(wallet, kept, { body, writeSecret }));
    const { header } = await publishGrants(wallet, kept, connection);
    const from = isFromNowOn ? header.epoch.number : 0;
    const envelope = envelopeOf(kept, made, { from, writeSecret });
    const letter = { kind: 'grant' as const, envelope };
    await sendLetter(wallet, { organisation: grantee, letter }, connection, parameters);
    const { leaf } = made;
    await wallet.record({ kind: 'grantSent', chart: kept.chart, leaf });
    return { leaf, grant: Grant.decode(made.grant) };
  });
}

/** A grant with these parameters whose envelope never left: an earlier call did not end. */
function findBegun(kept: KeptChart, body: Grant, { from }: GrantParameters): KeptGrant | undefined {
  return [...kept.grants.values()].find(({ isSent, isRevoked, grant: bytes }) => {
    if (isSent || isRevoked) return false;
    const begun = Grant.decode(bytes);
    const { openSecret } = begun;
    const sameFrom = from === undefined ? { from: begun.from } : {};
    return equalBytes(Grant.encode({ ...body, openSecret, ...sameFrom }), bytes);
  });
}

async function remember(
  wallet: Wallet,
  kept: KeptChart,
  { body, writeSecret }: { body: Grant; writeSecret: Uint8Array | null },
): Promise<KeptGrant> {
  const { chart } = kept;
  const salt = wallet.random.bytes(32);
  const bytes = Grant.encode(body);
  const leaf = grantLeaf({ salt, grant: bytes }, wallet.realm);
  const changes: WalletChange[] = [{ kind: 'grantMade', chart, leaf, salt, grant: bytes }];
  if (writeSecret !== null) {
    changes.push({ kind: 'sourceListed', chart, organisation: body.grantee, writeSecret });
  }
  await wallet.record(...changes);
  return kept.grants.get(toHex(leaf))!;
}

function envelopeOf(
  kept: KeptChart,
  { grant: bytes, salt }: KeptGrant,
  { from, writeSecret }: { from: number; writeSecret: Uint8Array | null },
): GrantEnvelope {
  const mayRead = Grant.decode(bytes).actions.includes('read');
  const seeds = [...kept.epochs]
    .map(([epoch, seed]) => ({ epoch, seed }))
    .filter(({ epoch }) => mayRead && epoch >= from)
    .sort((a, b) => a.epoch - b.epoch)
    .slice(-CHART_LIMITS.grantEpochsMax);
  const { kind, vaults } = kept;
  return { kind, ...firstAuthority(kept), vaults, grant: bytes, salt, seeds, writeSecret };
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
export async function publishGrants(wallet: Wallet, kept: KeptChart, connection: Connection) {
  await finishRotation(wallet, kept, connection);
  return publishHeader(
    wallet,
    kept,
    async (current) => {
      const input = { wallet, kept, current };
      const { previous } = await fetchSources(kept, current, connection);
      const sources = sourcesOf({ wallet, kept, epoch: current.epoch.number }, previous);
      const roster = await putRoster(input, {}, connection);
      return { roster: roster.name, sources: await putSources(input, sources, connection) };
    },
    connection,
  );
}
