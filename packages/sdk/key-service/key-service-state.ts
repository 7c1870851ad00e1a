import { type Card, Grant, type GrantEnvelope } from '@ward/charts';
import { type AccountId, type ChartId, type Digest, type NetworkId, toHex } from '@ward/protocol';
import { type Backlog, foldBacklog, makeBacklog } from '../connection/backlog.ts';
import type { KeyServiceEvent } from './key-service-events.ts';

export interface KeptStaff {
  readonly id: Uint8Array;
  readonly name: string;
  readonly role: string;
  readonly publicKey: Uint8Array;
  isEnded: boolean;
}

/** A grant that was received. */
export interface ReceivedGrant {
  readonly chart: ChartId;
  readonly leaf: Digest;
  readonly envelope: GrantEnvelope;
  readonly grant: Grant;
  /** Epochs' seeds: those of the envelope, and those learned from later seeds objects. */
  readonly seeds: Map<number, Uint8Array>;
  /** Entries by number. */
  readonly entries: Map<number, MadeEntry>;
  /** First free place of the grant's entries that the ledger showed. */
  entriesSeen: number;
}

export interface MadeEntry {
  readonly n: number;
  readonly salt: Uint8Array;
  readonly entry: Uint8Array;
  readonly responseSeed: Uint8Array;
  isCommitted: boolean;
}

/** Units on their way: stored, with slots reserved. */
export interface PlannedUnits {
  readonly chart: ChartId;
  readonly epoch: number;
  readonly firstN: number;
  readonly units: readonly {
    readonly commitment: Digest;
    readonly label: Digest;
    readonly inputs: readonly Digest[];
  }[];
  state: 'planned' | 'written' | 'abandoned';
}

export interface KeyServiceState {
  organisation:
    | {
        readonly account: AccountId;
        readonly name: string;
        readonly serviceSeed: Uint8Array;
        readonly officerSeed: Uint8Array;
        readonly sealingSeed: Uint8Array;
      }
    | undefined;
  readonly staff: Map<string, KeptStaff>;
  /** By chart. */
  readonly cards: Map<string, { readonly chart: ChartId; readonly card: Card }>;
  /** By leaf. */
  readonly grants: Map<string, ReceivedGrant>;
  lettersRead: number;
  /** By chart and epoch, then first place. */
  readonly planned: Map<string, PlannedUnits[]>;
  /** First free place that the ledger showed, by chart and epoch. */
  readonly placesSeen: Map<string, number>;
  /** Inputs that stand in a chart already, by chart. */
  readonly inputs: Map<string, Map<string, Digest>>;
  /** What vaults missed. */
  readonly backlog: Backlog;
}

export function makeKeyServiceState(): KeyServiceState {
  return {
    organisation: undefined,
    staff: new Map(),
    cards: new Map(),
    grants: new Map(),
    lettersRead: 0,
    planned: new Map(),
    placesSeen: new Map(),
    inputs: new Map(),
    backlog: makeBacklog(),
  };
}

/** How charts and leaves follow from what was received; needs the network. */
export interface Naming {
  chartOf(authority: { readonly ck: Uint8Array; readonly cold: Digest }): ChartId;
  leafOf(envelope: GrantEnvelope): Digest;
  readonly network: NetworkId;
}

export function sourceName(chart: ChartId, epoch: number): string {
  return `${toHex(chart)}/${epoch}`;
}

/** The first place of a source that is free as far as is known. */
export function nextPlace(state: KeyServiceState, chart: ChartId, epoch: number): number {
  const name = sourceName(chart, epoch);
  // Abandoned ones took no places, or the place behind them was noted when they were.
  const rows = (state.planned.get(name) ?? []).filter((row) => row.state !== 'abandoned');
  const seen = state.placesSeen.get(name) ?? 0;
  return rows.reduce((next, { firstN, units }) => Math.max(next, firstN + units.length), seen);
}

/** The number of a grant's next entry. */
export function nextEntry({ entries, entriesSeen }: ReceivedGrant): number {
  return Math.max(entriesSeen, ...[...entries.keys()].map((n) => n + 1));
}

/** Changes a state by one event. */
export function foldKeyService(naming: Naming) {
  return (state: KeyServiceState, { event }: KeyServiceEvent): void => {
    switch (event.kind) {
      case 'organisationMade':
        state.organisation ??= event;
        return;
      case 'staffEnrolled':
        state.staff.set(toHex(event.id), { ...event, isEnded: false });
        return;
      case 'staffEnded': {
        const found = state.staff.get(toHex(event.id));
        if (found !== undefined) found.isEnded = true;
        return;
      }
      case 'cardReceived': {
        const chart = naming.chartOf(event.card);
        state.cards.set(toHex(chart), { chart, card: event.card });
        return;
      }
      case 'grantReceived':
        addGrant(state, event.envelope, naming);
        return;
      case 'lettersRead':
        state.lettersRead = Math.max(state.lettersRead, event.upTo);
        return;
      case 'vaultMissed':
      case 'vaultCaughtUp':
        foldBacklog(state.backlog, event);
        return;
      default:
        foldWork(state, event);
    }
  };
}

function addGrant(state: KeyServiceState, envelope: GrantEnvelope, naming: Naming): void {
  const leaf = naming.leafOf(envelope);
  if (state.grants.has(toHex(leaf))) return;
  const chart = naming.chartOf(envelope);
  state.grants.set(toHex(leaf), {
    chart,
    leaf,
    envelope,
    grant: Grant.decode(envelope.grant),
    seeds: new Map(envelope.seeds.map(({ epoch, seed }) => [epoch, seed])),
    entries: new Map(),
    entriesSeen: 0,
  });
  const { kind, ck, cold, vaults, writeSecret } = envelope;
  if (writeSecret === null || state.cards.has(toHex(chart))) return;
  // A grant to write is a card as well.
  const recipient = Grant.decode(envelope.grant).grantee;
  const { network } = naming;
  state.cards.set(toHex(chart), {
    chart,
    card: { network, kind, ck, cold, writeSecret, recipient, vaults },
  });
}

type Work = Extract<
  KeyServiceEvent['event'],
  {
    kind:
      | 'seedLearned'
      | 'unitsPlanned'
      | 'unitsWritten'
      | 'unitsAbandoned'
      | 'placeSeen'
      | 'entryMade'
      | 'entryCommitted'
      | 'entriesSeen';
  }
>;

function foldWork(state: KeyServiceState, event: Work): void {
  switch (event.kind) {
    case 'seedLearned':
      state.grants.get(toHex(event.leaf))?.seeds.set(event.epoch, event.seed);
      return;
    case 'entryMade':
      state.grants.get(toHex(event.leaf))?.entries.set(event.n, { ...event, isCommitted: false });
      return;
    case 'entryCommitted': {
      const entry = state.grants.get(toHex(event.leaf))?.entries.get(event.n);
      if (entry !== undefined) entry.isCommitted = true;
      return;
    }
    case 'placeSeen':
      state.placesSeen.set(sourceName(event.chart, event.epoch), event.n);
      return;
    case 'entriesSeen': {
      const granted = state.grants.get(toHex(event.leaf));
      if (granted !== undefined) granted.entriesSeen = event.n;
      return;
    }
    case 'unitsPlanned': {
      const name = sourceName(event.chart, event.epoch);
      const rows = state.planned.get(name) ?? [];
      rows.push({ ...event, state: 'planned' });
      state.planned.set(name, rows);
      return;
    }
    default:
      settle(state, event);
  }
}

/** What was planned is written, or was abandoned. */
function settle(
  state: KeyServiceState,
  event: Extract<Work, { kind: 'unitsWritten' | 'unitsAbandoned' }>,
): void {
  const rows = state.planned.get(sourceName(event.chart, event.epoch)) ?? [];
  const row = rows.find(({ firstN, state: is }) => firstN === event.firstN && is === 'planned');
  if (row === undefined) return;
  row.state = event.kind === 'unitsWritten' ? 'written' : 'abandoned';
  if (row.state !== 'written') return;
  const inputs = state.inputs.get(toHex(event.chart)) ?? new Map<string, Digest>();
  for (const unit of row.units)
    for (const input of unit.inputs) inputs.set(toHex(input), unit.label);
  state.inputs.set(toHex(event.chart), inputs);
}
