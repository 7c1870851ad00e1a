import type { Authority, ChartKind } from '@ward/charts';
import {
  type AccountId,
  type ChartId,
  type Digest,
  equalBytes,
  type Seconds,
  toHex,
} from '@ward/protocol';
import {
  type Backlog,
  type BacklogChange,
  foldBacklog,
  makeBacklog,
} from '../connection/backlog.ts';
import type { WalletEvent } from './wallet-events.ts';

/** A grant as the wallet made it; kept for ever, since its entries are walked for ever. */
export interface KeptGrant {
  readonly leaf: Digest;
  readonly salt: Uint8Array;
  readonly grant: Uint8Array;
  readonly madeAt: Seconds;
  isSent: boolean;
  isRevoked: boolean;
}

/** A writer: by a card (organisation unknown for a card that anyone may use), or accepted. */
export interface KeptCard {
  readonly organisation: AccountId | null;
  readonly recipient: Uint8Array;
  readonly writeSecret: Uint8Array;
}

export interface KeptSource {
  readonly organisation: AccountId;
  readonly writeSecret: Uint8Array;
}

export interface KeptRelease {
  readonly secret: Uint8Array;
  readonly commitments: readonly Uint8Array[];
  readonly custodians: readonly { readonly index: number; readonly organisation: AccountId }[];
}

/** Where a chart's keys come from: the wallet's seed, or that of a cold rotation. */
export interface KeptAuthority {
  readonly seed: Uint8Array;
  readonly cold: Digest;
  readonly ck: Uint8Array;
  readonly fromVersion: number;
}

/** A unit that the owner wrote. */
export interface KeptOwnUnit {
  readonly epoch: number;
  readonly n: number;
  readonly commitment: Digest;
  /** Digests of the inputs, by which the same one is not added twice. */
  readonly inputs: readonly Digest[];
  isWritten: boolean;
}

/** How many places of an epoch the owner has used. */
export function ownCount({ ownUnits }: KeptChart, epoch: number): number {
  return ownUnits.reduce(
    (count, unit) => (unit.epoch === epoch ? Math.max(count, unit.n + 1) : count),
    0,
  );
}

/** One chart as the wallet knows it. */
export interface KeptChart {
  readonly chart: ChartId;
  readonly number: number;
  readonly kind: ChartKind;
  readonly madeAt: Seconds;
  vaults: readonly AccountId[];
  /** In the order in which they followed; see {@link authorityIndex}. */
  readonly authorities: KeptAuthority[];
  /** Seeds of cold keys that are in no backup yet, by cold slot. */
  readonly coldSeeds: Map<string, Uint8Array>;
  /** Seeds by epoch number. */
  readonly epochs: Map<number, Uint8Array>;
  /** Which authority's keys the owner's own units of an epoch stand under. */
  readonly epochAuthorities: Map<number, number>;
  /** Newest epoch whose predecessor is counted to its end. */
  countedEpoch: number;
  /** Epochs of which no header of this wallet's tells yet: another device may have begun them. */
  readonly openEpochs: Set<number>;
  readonly releases: KeptRelease[];
  readonly cards: KeptCard[];
  readonly sources: KeptSource[];
  readonly grants: Map<string, KeptGrant>;
  /** Version of the newest header that this wallet published; -1 for none. */
  version: number;
  /** Units of the owner's own, in the order in which they were planned. */
  readonly ownUnits: KeptOwnUnit[];
  readonly erasedLabels: Map<string, Digest>;
  /** Commitments of erased units. */
  readonly erasedUnits: Set<string>;
  readonly erasedRecords: Set<string>;
  isErased: boolean;
}

export interface WalletState {
  seed: Uint8Array | undefined;
  label: string;
  madeAt: Seconds;
  readonly charts: Map<string, KeptChart>;
  /** Digest of an organisation's sealing key when it was last used, by organisation. */
  readonly rememberedKeys: Map<string, Digest>;
  /** What vaults missed. */
  readonly backlog: Backlog;
  /** Since when custodians are away, by organisation. */
  readonly awayCustodians: Map<string, Seconds>;
}

export function makeWalletState(): WalletState {
  return {
    ...{ seed: undefined, label: '', madeAt: 0 },
    ...{ charts: new Map(), rememberedKeys: new Map(), backlog: makeBacklog() },
    awayCustodians: new Map(),
  };
}

/** First authority of a chart: what its id, cards and envelopes are made of. */
export function firstAuthority(kept: KeptChart): Authority {
  const [first] = kept.authorities;
  return { ck: first!.ck, cold: first!.cold };
}

/**
 * Which authority is in force as far as the wallet knows: one that a cold rotation has named, but
 * under which no header was published, is not yet.
 */
export function authorityIndex({ authorities, version }: KeptChart): number {
  const inForce = authorities.filter(({ fromVersion }) => fromVersion <= version);
  return Math.max(0, inForce.length - 1);
}

/** Newest epoch of a chart. */
export function newestEpoch(kept: KeptChart): number {
  return Math.max(...kept.epochs.keys());
}

type ChangeOf<K extends WalletEvent['event']['kind']> = Extract<WalletEvent['event'], { kind: K }>;

/** Changes a state by one event. An event of a chart that is not there is none. */
export function foldWallet(state: WalletState, { event, time }: WalletEvent): void {
  switch (event.kind) {
    case 'walletMade':
      state.seed ??= event.seed;
      state.label = event.label;
      state.madeAt = time;
      return;
    case 'keyRemembered':
      state.rememberedKeys.set(toHex(event.organisation), event.keyDigest);
      return;
    case 'custodianAway':
      if (!state.awayCustodians.has(toHex(event.organisation))) {
        state.awayCustodians.set(toHex(event.organisation), time);
      }
      return;
    case 'custodianBack':
      state.awayCustodians.delete(toHex(event.organisation));
      return;
    case 'chartMade':
      addChart(state, event, time);
      return;
    case 'vaultMissed':
    case 'vaultCaughtUp':
      foldBacklog(state.backlog, event);
      return;
    default: {
      const kept = state.charts.get(toHex(event.chart));
      if (kept !== undefined) foldChart(kept, event, time);
    }
  }
}

function addChart(state: WalletState, event: ChangeOf<'chartMade'>, time: Seconds): void {
  if (state.seed === undefined) return;
  const { chart, number, chartKind: kind, vaults, cold, ck } = event;
  const known = state.charts.get(toHex(chart));
  if (known !== undefined) {
    if (known.version < 0) known.vaults = vaults;
    return;
  }
  state.charts.set(toHex(chart), {
    ...{ chart, number, kind, madeAt: time, vaults, version: -1, isErased: false, countedEpoch: 0 },
    authorities: [{ seed: state.seed, cold, ck, fromVersion: 0 }],
    coldSeeds: new Map(),
    epochs: new Map(),
    epochAuthorities: new Map(),
    openEpochs: new Set(),
    releases: [],
    cards: [],
    sources: [],
    grants: new Map(),
    ownUnits: [],
    erasedLabels: new Map(),
    erasedUnits: new Set(),
    erasedRecords: new Set(),
  });
}

type ChartChange = Exclude<
  WalletEvent['event'],
  {
    kind:
      | ('walletMade' | 'keyRemembered' | 'chartMade' | BacklogChange['kind'])
      | ('custodianAway' | 'custodianBack');
  }
>;

function foldChart(kept: KeptChart, event: ChartChange, time: Seconds): void {
  switch (event.kind) {
    case 'chartTakenOver': {
      const { seed, ck, cold, version } = event;
      kept.authorities.push({ seed, ck, cold, fromVersion: version });
      return;
    }
    case 'coldKeyMade':
      kept.coldSeeds.set(toHex(event.cold), event.seed);
      return;
    case 'epochMade':
      addEpoch(kept, event);
      return;
    case 'epochCounted':
      kept.countedEpoch = Math.max(kept.countedEpoch, event.epoch);
      return;
    case 'releaseDealt':
      kept.releases.push(event);
      return;
    case 'cardMade':
      addOnce(kept.cards, event, ({ recipient }) => recipient);
      return;
    case 'sourceListed':
      addOnce(kept.sources, event, ({ organisation }) => organisation);
      return;
    case 'headerPublished':
      kept.version = Math.max(kept.version, event.version);
      kept.openEpochs.clear();
      return;
    case 'ownUnitPlanned':
      kept.ownUnits.push({ ...event, isWritten: false });
      return;
    case 'ownUnitWritten': {
      const { epoch, n } = event;
      const found = kept.ownUnits.find((unit) => unit.epoch === epoch && unit.n === n);
      if (found !== undefined) found.isWritten = true;
      return;
    }
    case 'chartErased':
      kept.isErased = true;
      return;
    default:
      foldGrantOrErasure(kept, event, time);
  }
}

/** Of two devices that began the same epoch, one was faster: its header tells which. */
function addEpoch(kept: KeptChart, { epoch, seed }: ChangeOf<'epochMade'>): void {
  if (kept.epochs.has(epoch) && !kept.openEpochs.has(epoch)) return;
  kept.epochs.set(epoch, seed);
  kept.epochAuthorities.set(epoch, kept.authorities.length - 1);
  kept.openEpochs.add(epoch);
}

/** A writer that is listed twice is one: its units would come twice. */
function addOnce<T extends { readonly writeSecret: Uint8Array }>(
  list: T[],
  item: T,
  who: (item: T) => Uint8Array,
): void {
  const isSame = (each: T) =>
    equalBytes(each.writeSecret, item.writeSecret) && equalBytes(who(each), who(item));
  if (!list.some(isSame)) list.push(item);
}

type GrantOrErasure = Extract<
  ChartChange,
  { kind: 'grantMade' | 'grantSent' | 'grantRevoked' | 'unitErased' | 'recordErased' }
>;

function foldGrantOrErasure(kept: KeptChart, event: GrantOrErasure, time: Seconds): void {
  switch (event.kind) {
    case 'grantMade': {
      const { leaf, salt, grant } = event;
      const made = { leaf, salt, grant, madeAt: time, isSent: false, isRevoked: false };
      kept.grants.set(toHex(leaf), made);
      return;
    }
    case 'grantSent': {
      const found = kept.grants.get(toHex(event.leaf));
      if (found !== undefined) found.isSent = true;
      return;
    }
    case 'grantRevoked': {
      const found = kept.grants.get(toHex(event.leaf));
      if (found !== undefined) found.isRevoked = true;
      return;
    }
    case 'unitErased':
      kept.erasedLabels.set(toHex(event.label), event.label);
      kept.erasedUnits.add(toHex(event.commitment));
      return;
    case 'recordErased':
      kept.erasedRecords.add(`${toHex(event.label)}/${event.index}`);
  }
}
