import {
  type Authority,
  type ChartHeader,
  ChartKeys,
  type ChartKind,
  epochKey,
} from '@ward/charts';
import {
  type ChartId,
  type Clock,
  type Ed25519KeyPair,
  equalBytes,
  MS_PER_SECOND,
  type OpeningKey,
  type Random,
  type Realm,
  type RequestKey,
  toHex,
} from '@ward/protocol';
import { refuse } from '../errors.ts';
import { EventLog, type EventStore } from '../event-log.ts';
import { WorkQueues } from '../work-queues.ts';
import { type WalletChange, WalletEvent } from './wallet-events.ts';
import {
  authorityIndex,
  foldWallet,
  type KeptChart,
  makeWalletState,
  newestEpoch,
  type WalletState,
} from './wallet-state.ts';

export interface WalletPorts {
  readonly store: EventStore;
  readonly random: Random;
  readonly clock: Clock;
  readonly realm: Realm;
}

/** A person's keys and memory. It signs nothing on the ledger but one-time slots. */
export class Wallet {
  readonly #log: EventLog<WalletEvent, WalletState>;
  readonly #ports: WalletPorts;
  readonly #keys = new Map<string, ChartKeys>();
  /** By seed: to make one takes longer than to open a unit's key with it. */
  readonly #epochKeys = new Map<string, OpeningKey>();
  readonly #queues = new WorkQueues();

  private constructor(log: EventLog<WalletEvent, WalletState>, ports: WalletPorts) {
    this.#log = log;
    this.#ports = ports;
  }

  /** Opens the wallet of a store, and makes it when the store is empty. */
  static async open(ports: WalletPorts, label = ''): Promise<Wallet> {
    const { store, random } = ports;
    const log = await EventLog.open({
      store,
      format: WalletEvent,
      makeState: makeWalletState,
      fold: foldWallet,
    });
    const wallet = new Wallet(log, ports);
    if (log.state.seed === undefined) {
      await wallet.record({ kind: 'walletMade', seed: random.bytes(32), label });
    }
    return wallet;
  }

  get state(): WalletState {
    return this.#log.state;
  }

  get events(): readonly WalletEvent[] {
    return this.#log.events;
  }

  get realm(): Realm {
    return this.#ports.realm;
  }

  get random(): Random {
    return this.#ports.random;
  }

  /** Remembers changes, durably, before anything is done about them. */
  async record(...changes: readonly WalletChange[]): Promise<void> {
    const { random, clock } = this.#ports;
    const time = Math.floor(clock.nowMs() / MS_PER_SECOND);
    await this.#log.append(...changes.map((event) => ({ id: random.bytes(16), time, event })));
  }

  /**
   * Takes in the events of another device or a backup, in the order in which it has them; those
   * that are known already are left.
   */
  async merge(events: readonly WalletEvent[]): Promise<void> {
    const known = new Set(this.#log.events.map(({ id }) => toHex(id)));
    const fresh = events.filter(({ id }) => !known.has(toHex(id)));
    await this.#log.append(...fresh);
  }

  /** Forgets the secrets of a chart for ever: all but its keys, and its grants for the log. */
  async forget(chart: ChartId): Promise<void> {
    const secrets = ['coldKeyMade', 'epochMade', 'releaseDealt', 'cardMade', 'sourceListed'];
    await this.#log.keep(
      ({ event }) =>
        !(secrets.includes(event.kind) && 'chart' in event && equalBytes(event.chart, chart)),
    );
    this.#keys.clear();
    this.#epochKeys.clear();
  }

  /** Deletes cold keys from the device, once they stand in a backup. */
  async forgetColdKeys(): Promise<void> {
    await this.#log.keep(({ event }) => event.kind !== 'coldKeyMade');
  }

  /** All charts, in the order in which they were made. */
  get charts(): KeptChart[] {
    return [...this.state.charts.values()];
  }

  /**
   * A chart by its id, or by its kind where there is one of that kind.
   *
   * @throws WardError `CHART_UNKNOWN`.
   */
  chart(which: ChartId | ChartKind): KeptChart {
    const found =
      typeof which === 'string'
        ? this.charts.find(({ kind, isErased }) => kind === which && !isErased)
        : this.state.charts.get(toHex(which));
    if (found === undefined) throw refuse('CHART_UNKNOWN');
    return found;
  }

  /** Keys under the chart's authority, or under another one of its. */
  keysOf(kept: KeptChart, authority = authorityIndex(kept)): ChartKeys {
    const { seed } = kept.authorities[authority]!;
    return this.#keysFrom(seed, kept.number);
  }

  /** Public keys of the owner's own units 0 … count − 1 of an epoch. */
  ownerKeys(kept: KeptChart, epoch: number, count: number): Uint8Array[] {
    return Array.from({ length: count }, (_, n) => this.ownerSlot(kept, { epoch, n }).publicKey);
  }

  /** One-time key of the owner's unit n in an epoch: that of the authority which began it. */
  ownerSlot(kept: KeptChart, place: { epoch: number; n: number }): Ed25519KeyPair {
    return this.keysOf(kept, kept.epochAuthorities.get(place.epoch)).ownerSlot(place);
  }

  #keysFrom(seed: Uint8Array, number: number): ChartKeys {
    const name = `${toHex(seed)}/${number}`;
    let keys = this.#keys.get(name);
    if (keys === undefined) {
      keys = new ChartKeys({ seed, number }, this.realm);
      this.#keys.set(name, keys);
    }
    return keys;
  }

  /** Keys of a chart that is being made. */
  newChartKeys(): { readonly number: number; readonly keys: ChartKeys } {
    const number = this.charts.reduce((next, kept) => Math.max(next, kept.number + 1), 0);
    return { number, keys: this.keysOfNumber(number) };
  }

  /** Keys that the wallet's seed gives for a number. */
  keysOfNumber(number: number): ChartKeys {
    return this.#keysFrom(this.state.seed!, number);
  }

  /** Keys of a cold rotation that is being made. */
  keysFrom(seed: Uint8Array, kept: KeptChart): ChartKeys {
    return this.#keysFrom(seed, kept.number);
  }

  /** Runs work that must not overlap, such as two writings into one chart. */
  inOrder<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#queues.run(name, work);
  }

  /** What signs the owner's requests to vaults. */
  requestKey(kept: KeptChart): RequestKey {
    const { ck, cold } = kept.authorities[authorityIndex(kept)]!;
    return { signer: { kind: 'owner', ck, cold }, keyPair: this.keysOf(kept).ck };
  }

  /** Opening keys of a chart's mailbox, the newest first. */
  mailboxes(kept: KeptChart): OpeningKey[] {
    return kept.authorities.map((_, i) => this.keysOf(kept, i).mailbox).reverse();
  }

  /**
   * The opening key of an epoch.
   *
   * @throws WardError `CHART_UNKNOWN` where the seed was forgotten.
   */
  epochKey(kept: KeptChart, epoch = newestEpoch(kept)): OpeningKey {
    const seed = kept.epochs.get(epoch);
    if (seed === undefined) throw refuse('CHART_UNKNOWN');
    const name = toHex(seed);
    const key = this.#epochKeys.get(name) ?? epochKey(seed, this.realm);
    this.#epochKeys.set(name, key);
    return key;
  }

  /** R of the release key with this Q; undefined where it was forgotten. */
  releaseSecret(kept: KeptChart, q: Uint8Array): Uint8Array | undefined {
    return kept.releases.find(({ commitments }) => equalBytes(commitments[0]!, q))?.secret;
  }
}

/** What a header says of who has the chart, from what the wallet keeps. */
export function authoritiesOf(
  kept: KeptChart,
  authority = authorityIndex(kept),
): Pick<ChartHeader, 'authority' | 'predecessors'> {
  const all: Authority[] = kept.authorities
    .slice(0, authority + 1)
    .map(({ ck, cold }) => ({ ck, cold }));
  return { authority: all.at(-1)!, predecessors: all.slice(0, -1) };
}
