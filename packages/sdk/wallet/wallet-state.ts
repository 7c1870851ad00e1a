import type { Authority, ChartKind } from '@ward/charts';
import { type AccountId, type ChartId, type Digest, type Seconds, toHex } from '@ward/protocol';
import type { WalletEvent } from './wallet-events.ts';

/** A grant as the wallet made it; kept for ever, since its entries are walked for ever. */
export interface KeptGrant {
  readonly leaf: Digest;
  readonly salt: Uint8Array;
  readonly grant: Uint8Array;
  readonly madeAt: Seconds;
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
  /** The last one is current. */
  readonly authorities: KeptAuthority[];
  /** Seeds of cold keys that are in no backup yet, by cold slot. */
  readonly coldSeeds: Map<string, Uint8Array>;
  /** Seeds by epoch number. */
  readonly epochs: Map<number, Uint8Array>;
  readonly releases: KeptRelease[];
  readonly cards: KeptCard[];
  readonly sources: KeptSource[];
  readonly grants: Map<string, KeptGrant>;
  /** Version of the newest header that this wallet published; -1 for none. */
  version: number;
  /** Units of the owner's own, in the order in which they were planned. */
  readonly ownUnits: KeptOwnUnit[];
  readonly erasedLabels: Map<string, Digest>;
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
}

export function makeWalletState(): WalletState {
  return { seed: undefined, label: '', madeAt: 0, charts: new Map(), rememberedKeys: new Map() };
}

/** First authority of a chart: what its id, cards and envelopes are made of. */
export function firstAuthority(kept: KeptChart): Authority {
  const [first] = kept.authorities;
  return { ck: first!.ck, cold: first!.cold };
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
    case 'chartMade':
      addChart(state, event, time);
      return;
    default: {
      const kept = state.charts.get(toHex(event.chart));
      if (kept !== undefined) foldChart(kept, event, time);
    }
  }
}

function addChart(state: WalletState, event: ChangeOf<'chartMade'>, time: Seconds): void {
  if (state.charts.has(toHex(event.chart)) || state.seed === undefined) return;
  state.charts.set(toHex(event.chart), {
    chart: event.chart,
    number: event.number,
    kind: event.chartKind,
    madeAt: time,
    vaults: event.vaults,
    authorities: [{ seed: state.seed, cold: event.cold, ck: event.ck, fromVersion: 0 }],
    coldSeeds: new Map(),
    epochs: new Map(),
    releases: [],
    cards: [],
    sources: [],
    grants: new Map(),
    version: -1,
    ownUnits: [],
    erasedLabels: new Map(),
    erasedRecords: new Set(),
    isErased: false,
  });
}

type ChartChange = Exclude<
  WalletEvent['event'],
  { kind: 'walletMade' | 'keyRemembered' | 'chartMade' }
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
      kept.epochs.set(event.epoch, event.seed);
      return;
    case 'releaseDealt':
      kept.releases.push(event);
      return;
    case 'cardMade':
      kept.cards.push(event);
      return;
    case 'sourceListed':
      kept.sources.push(event);
      return;
    case 'headerPublished':
      kept.version = Math.max(kept.version, event.version);
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

type GrantOrErasure = Extract<
  ChartChange,
  { kind: 'grantMade' | 'grantRevoked' | 'unitErased' | 'recordErased' }
>;

function foldGrantOrErasure(kept: KeptChart, event: GrantOrErasure, time: Seconds): void {
  switch (event.kind) {
    case 'grantMade': {
      const { leaf, salt, grant } = event;
      kept.grants.set(toHex(leaf), { leaf, salt, grant, madeAt: time, isRevoked: false });
      return;
    }
    case 'grantRevoked': {
      const found = kept.grants.get(toHex(event.leaf));
      if (found !== undefined) found.isRevoked = true;
      return;
    }
    case 'unitErased':
      kept.erasedLabels.set(toHex(event.label), event.label);
      return;
    case 'recordErased':
      kept.erasedRecords.add(`${toHex(event.label)}/${event.index}`);
  }
}
