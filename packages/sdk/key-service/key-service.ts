import {
  type Actor,
  chartId,
  epochKey,
  type GrantEnvelope,
  grantLeaf,
  refuseChart,
  type Staff,
  type StaffRequest,
  staffRequestBytes,
} from '@ward/charts';
import {
  type AccountId,
  type ChartId,
  type Clock,
  type Digest,
  type Ed25519KeyPair,
  ed25519Signer,
  equalBytes,
  MS_PER_SECOND,
  type OpeningKey,
  type Random,
  type Realm,
  type RequestKey,
  type Seconds,
  toHex,
} from '@ward/protocol';
import type { TransactionSigner } from '../connection/submit.ts';
import { refuse } from '../errors.ts';
import { EventLog, type EventStore } from '../event-log.ts';
import { WorkQueues } from '../work-queues.ts';
import { type KeyServiceChange, KeyServiceEvent } from './key-service-events.ts';
import {
  foldKeyService,
  type KeptStaff,
  type KeyServiceState,
  makeKeyServiceState,
  type Naming,
  type ReceivedGrant,
} from './key-service-state.ts';

export interface KeyServicePorts {
  readonly store: EventStore;
  readonly random: Random;
  readonly clock: Clock;
  readonly realm: Realm;
}

/** A staff request is signed just before it is used. */
const STAFF_REQUEST_AGE_SECONDS_MAX = 120;

/**
 * The one place of an organisation that holds its keys and the seeds it was granted. Staff never
 * see a seed: they sign requests, and the service acts on a signed request only.
 */
export class KeyService {
  readonly #log: EventLog<KeyServiceEvent, KeyServiceState>;
  readonly #ports: KeyServicePorts;
  /** Work on one grant or chart, one after the other. */
  readonly #queues = new WorkQueues();
  readonly #openingKeys = new Map<string, OpeningKey>();

  private constructor(log: EventLog<KeyServiceEvent, KeyServiceState>, ports: KeyServicePorts) {
    this.#log = log;
    this.#ports = ports;
  }

  /**
   * Opens the key service of a store, and makes the organisation's keys when the store is empty.
   */
  static async open(ports: KeyServicePorts, name = ''): Promise<KeyService> {
    const { store, random, realm } = ports;
    const log = await EventLog.open({
      store,
      format: KeyServiceEvent,
      makeState: makeKeyServiceState,
      fold: foldKeyService(namingOf(realm)),
    });
    const service = new KeyService(log, ports);
    if (log.state.organisation === undefined) {
      await service.record({
        kind: 'organisationMade',
        account: random.bytes(16),
        name,
        serviceSeed: random.bytes(32),
        officerSeed: random.bytes(32),
        sealingSeed: random.bytes(32),
      });
    }
    return service;
  }

  get state(): KeyServiceState {
    return this.#log.state;
  }

  get realm(): Realm {
    return this.#ports.realm;
  }

  get random(): Random {
    return this.#ports.random;
  }

  now(): Seconds {
    return Math.floor(this.#ports.clock.nowMs() / MS_PER_SECOND);
  }

  async record(...changes: readonly KeyServiceChange[]): Promise<void> {
    const time = this.now();
    await this.#log.append(...changes.map((event) => ({ time, event })));
  }

  get account(): AccountId {
    return this.state.organisation!.account;
  }

  get name(): string {
    return this.state.organisation!.name;
  }

  #keyPair(seed: Uint8Array): Ed25519KeyPair {
    return this.realm.crypto.ed25519.keyPair(seed);
  }

  /** Signs for the organisation: slots, requests, units. */
  get serviceKey(): Ed25519KeyPair {
    return this.#keyPair(this.state.organisation!.serviceSeed);
  }

  /** Signs for its officers: what it says of itself, whom it admits. */
  get officerKey(): Ed25519KeyPair {
    return this.#keyPair(this.state.organisation!.officerSeed);
  }

  /** Opens what is sealed to the organisation. */
  get sealingKey(): OpeningKey {
    return this.#openingKey(this.state.organisation!.sealingSeed, (seed) =>
      this.realm.crypto.kem.openingKey(seed),
    );
  }

  #openingKey(seed: Uint8Array, make: (seed: Uint8Array) => OpeningKey): OpeningKey {
    let key = this.#openingKeys.get(toHex(seed));
    if (key === undefined) {
      key = make(seed);
      this.#openingKeys.set(toHex(seed), key);
    }
    return key;
  }

  /** Opens k1 of the units of an epoch. */
  epochKey(seed: Uint8Array): OpeningKey {
    return this.#openingKey(seed, (each) => epochKey(each, this.realm));
  }

  get serviceSigner(): TransactionSigner {
    return this.#signer(this.serviceKey);
  }

  get officerSigner(): TransactionSigner {
    return this.#signer(this.officerKey);
  }

  #signer(keyPair: Ed25519KeyPair): TransactionSigner {
    return { account: this.account, sign: ed25519Signer(keyPair, this.realm.crypto) };
  }

  /** What signs the organisation's requests to vaults. */
  get requestKey(): RequestKey {
    const keyPair = this.serviceKey;
    const { publicKey } = keyPair;
    return { signer: { kind: 'organisation', account: this.account, publicKey }, keyPair };
  }

  /** Runs work that must not overlap: one opening of a grant, one write into a chart, at a time. */
  inOrder<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#queues.run(name, work);
  }

  /** Enrols a person by the public key of their own credential. */
  async enrolStaff(staff: Staff): Promise<Uint8Array> {
    const id = this.random.bytes(16);
    await this.record({ kind: 'staffEnrolled', id, ...staff });
    return id;
  }

  async endStaff(id: Uint8Array): Promise<void> {
    this.staffMember(({ id: each }) => equalBytes(each, id));
    await this.record({ kind: 'staffEnded', id });
  }

  /** @throws WardError `STAFF_UNKNOWN`. */
  staffMember(isMeant: (staff: KeptStaff) => boolean): KeptStaff {
    const found = [...this.state.staff.values()].find((each) => !each.isEnded && isMeant(each));
    if (found === undefined) throw refuse('STAFF_UNKNOWN');
    return found;
  }

  /**
   * Checks that a person who is enrolled now has just signed this very request.
   *
   * @throws WardError `STAFF_UNKNOWN`, `STAFF_SIGNATURE`.
   */
  checkStaff(request: StaffRequest, actor: Actor): void {
    const staff = this.staffMember(({ publicKey }) => equalBytes(publicKey, actor.publicKey));
    const message = staffRequestBytes(request, this.realm);
    const isSigned = this.realm.crypto.ed25519.verify(actor.signature, message, actor.publicKey);
    const age = Math.abs(this.now() - request.time);
    const isNamed = actor.name === staff.name && actor.role === staff.role;
    if (!isSigned || !isNamed || age > STAFF_REQUEST_AGE_SECONDS_MAX) {
      throw refuse('STAFF_SIGNATURE');
    }
  }

  /** @throws WardError `CARD_UNKNOWN`. */
  card(chart: ChartId) {
    const found = this.state.cards.get(toHex(chart));
    if (found === undefined) throw refuse('CARD_UNKNOWN');
    return found.card;
  }

  /** @throws WardError `GRANT_UNKNOWN`. */
  grant(leaf: Digest): ReceivedGrant {
    const found = this.state.grants.get(toHex(leaf));
    if (found === undefined) throw refuseChart('GRANT_UNKNOWN');
    return found;
  }
}

/** Ids that follow from what was received. */
function namingOf(realm: Realm): Naming {
  return {
    network: realm.network,
    chartOf: (authority) => chartId(authority, realm),
    leafOf: ({ grant, salt }: GrantEnvelope) => grantLeaf({ salt, grant }, realm),
  };
}
