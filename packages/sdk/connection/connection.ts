import {
  type Account,
  Account as AccountFormat,
  accountKey,
  type Collection,
  type Crossing,
  Directory,
  directoryKey,
  type KnownWitnesses,
  knownWitnesses,
  LEDGER_LIMITS,
  type NetworkFile,
  type OnCrossed,
  type OnFork,
  Organisation,
  organisationKey,
  type ProvedState,
  refuseNetwork,
  VerifiedLedger,
} from '@ward/ledger/schema';
import {
  type AccountId,
  askInTurn,
  type ChartId,
  type Clock,
  type Crypto,
  MS_PER_SECOND,
  type Random,
  type Realm,
  refuseProtocol,
  type Seconds,
  type SplitEvidence,
  type Transport,
  type TrustedBlock,
  type TrustRoot,
  toHex,
  WardError,
} from '@ward/protocol';
import { promptTransport, READ_SILENCE_MS_MAX } from '@ward/protocol/prompt-transport';
import { refuse } from '../errors.ts';
import { type SealUnits, sealHere } from '../records/seal-units.ts';
import { pause, within } from './pause.ts';

/** Which server of an organisation is meant. */
export type EndpointKind = 'node' | 'vault' | 'custodian' | 'inbox';

/** The way to a server by its origin; a separate one shares no connection with the others. */
export type Connect = (origin: string, options?: { readonly isSeparate?: boolean }) => Transport;

export interface ConnectionOptions {
  readonly networkFile: NetworkFile;
  /** The way to a server by its origin: HTTP in the product. */
  readonly connect: Connect;
  readonly crypto: Crypto;
  readonly clock: Clock;
  readonly random: Random;
  /** Block that was believed last time. */
  readonly trusted?: TrustedBlock;
  /** A node gave an answer that does not verify. */
  readonly onLie?: (server: string, error: WardError) => void;
  /** Where trust begins, from an invitation or a QR code. */
  readonly root?: TrustRoot;
  /** Two signed block headers contradict each other: an alarm, with what proves it to others. */
  readonly onFork?: OnFork;
  /** Parties that have to confirm what the nodes show; null: nobody. The network file's else. */
  readonly witnesses?: KnownWitnesses | null;
  /** A witness was shown another ledger: an alarm, with what proves it to others. */
  readonly onSplit?: (evidence: SplitEvidence) => void;
  /** Why the ledger is not to be believed, found before: nothing of it is read then. */
  readonly alarm?: WardError;
  /** The ledger was promoted, and this client has gone over: told once, with what to keep. */
  readonly onCrossed?: OnCrossed;
  /**
   * Longest wait before a wallet has a slot carried, so that its charts cannot be told together by
   * the time at which they move. Zero in sandbox and tests.
   */
  readonly carrierDelayMsMax?: number;
  /** How long the other vaults of a chart are waited for once one has answered. */
  readonly vaultGraceMs?: number;
  /** How units are sealed: in this thread when left out. */
  readonly sealUnits?: SealUnits;
}

/** How long a proved record of an organisation is used again. */
const ORGANISATION_AGE_SECONDS_MAX = 5;
const CARRIER_DELAY_MS = 3000;
const VAULT_GRACE_MS = 2000;
/** From this status on it is the server that failed. */
const SERVER_FAILED = 500;

/** One client's way into a network: what it believes, whom it reaches, its clock and randomness. */
export class Connection {
  readonly realm: Realm;
  readonly random: Random;
  readonly clock: Clock;
  readonly ledger: VerifiedLedger;
  readonly carrierDelayMsMax: number;
  readonly vaultGraceMs: number;
  readonly sealUnits: SealUnits;
  readonly #connect: Connect;
  readonly #transports = new Map<string, Transport>();
  /** Nodes and custodians that said nothing when they were asked to do something last. */
  readonly #silent = new Set<string>();
  /** Vaults that did not answer when they were asked last. */
  readonly #away = new Set<string>();
  readonly #carriers = new Map<string, Transport[]>();
  #history: { readonly networkFile: NetworkFile; readonly ledger: VerifiedLedger } | undefined;
  readonly #organisations = new Map<string, { organisation: Organisation; time: Seconds }>();

  constructor(options: ConnectionOptions) {
    const { networkFile, crypto, clock } = options;
    this.realm = { network: networkFile.network, crypto };
    this.random = options.random;
    this.clock = clock;
    this.#connect = options.connect;
    this.carrierDelayMsMax = options.carrierDelayMsMax ?? CARRIER_DELAY_MS;
    this.vaultGraceMs = options.vaultGraceMs ?? VAULT_GRACE_MS;
    this.sealUnits = options.sealUnits ?? sealHere(options.random, this.realm);
    const reach = (origin: string) => this.#reader(origin);
    this.ledger = new VerifiedLedger({
      networkFile,
      nodes: networkFile.nodes.map(reach),
      reach,
      onCrossed: (crossing) => this.#settle(crossing, options),
      clock,
      crypto,
      pause,
      within,
      ...(options.trusted === undefined ? {} : { trusted: options.trusted }),
      ...(options.onLie === undefined ? {} : { onLie: options.onLie }),
      ...(options.onFork === undefined ? {} : { onFork: options.onFork }),
      witnesses: this.#witnesses(options),
      ...(options.onSplit === undefined ? {} : { onSplit: options.onSplit }),
      ...(options.root === undefined ? {} : { root: options.root }),
      ...(options.alarm === undefined ? {} : { alarm: options.alarm }),
    });
  }

  /** Whom this client asks; they are held to two seconds by the ledger. */
  #witnesses({ witnesses, networkFile, crypto }: ConnectionOptions): KnownWitnesses | undefined {
    if (witnesses !== undefined) return witnesses ?? undefined;
    return knownWitnesses(networkFile.witnesses, {
      connect: (origin) => this.transport(origin),
      crypto,
    });
  }

  /**
   * The same network for blocks that are older than what this client believes: its trust begins
   * where the network file says, and it never says what is newest.
   */
  get history(): VerifiedLedger {
    const { networkFile, clock } = this;
    if (this.#history?.networkFile !== networkFile) {
      const nodes = networkFile.nodes.map((origin) => this.#reader(origin));
      const { crypto } = this.realm;
      const options = { networkFile, nodes, clock, crypto, pause, within };
      this.#history = { networkFile, ledger: new VerifiedLedger(options) };
    }
    return this.#history.ledger;
  }

  /** What this client goes by: another file once its ledger was promoted. */
  get networkFile(): NetworkFile {
    return this.ledger.networkFile;
  }

  get nodes(): readonly Transport[] {
    return this.networkFile.nodes.map((origin) => this.transport(origin));
  }

  /** A node for reading what is proved: see {@link promptTransport}. */
  #reader(origin: string): Transport {
    return promptTransport(this.transport(origin), READ_SILENCE_MS_MAX);
  }

  /** Members and nodes may be others on the chain that goes on. */
  #settle(crossing: Crossing, { onCrossed }: ConnectionOptions): void {
    this.#organisations.clear();
    this.#carriers.clear();
    onCrossed?.(crossing);
  }

  get chain(): string {
    return this.networkFile.genesis.chain;
  }

  now(): Seconds {
    return Math.floor(this.clock.nowMs() / MS_PER_SECOND);
  }

  /** Servers in the order in which to ask them to do something: those that answer first. */
  promptFirst<T>(servers: readonly T[], nameOf: (server: T) => string): T[] {
    const isSilent = (server: T) => Number(this.#silent.has(nameOf(server)));
    return [...servers].sort((a, b) => isSilent(a) - isSilent(b));
  }

  /** Remembers whether a server answers when it is asked to do something. */
  noteServer(name: string, isThere: boolean): void {
    if (isThere) this.#silent.delete(name);
    else this.#silent.add(name);
  }

  /** The way to a server; one for each origin. */
  transport(origin: string): Transport {
    let transport = this.#transports.get(origin);
    if (transport === undefined) {
      transport = this.#connect(origin);
      this.#transports.set(origin, transport);
    }
    return transport;
  }

  /** Ways to the nodes for the slots of one chart: by no connection can its charts be linked. */
  carriers(chart: ChartId): readonly Transport[] {
    let carriers = this.#carriers.get(toHex(chart));
    if (carriers === undefined) {
      const origins = this.networkFile.nodes;
      carriers = origins.map((origin) => this.#connect(origin, { isSeparate: true }));
      this.#carriers.set(toHex(chart), carriers);
    }
    return carriers;
  }

  /**
   * Asks the nodes in turn until one answers what the question accepts; one that is away, busy or
   * lies is passed over, and one that is silent not waited for alone.
   *
   * @throws WardError a node's refusal, or the last failure.
   */
  async askNodes<T>(question: (node: Transport) => Promise<T>): Promise<T> {
    let failure = refuseProtocol('SERVER_UNREACHABLE');
    const onFailure = (_node: Transport, error: unknown) => {
      if (!(error instanceof WardError) || error.kind.status < SERVER_FAILED) throw error;
      failure = error;
    };
    const ask = async (node: Transport) => ({ answer: await question(node) });
    const [first] = await askInTurn(ask, { ways: this.nodes, within, onFailure });
    if (first === undefined) throw failure;
    return first.answer;
  }

  /** @throws WardError as {@link VerifiedLedger.prove} does. */
  prove(keys: readonly Uint8Array[]): Promise<ProvedState> {
    return this.ledger.prove(keys);
  }

  read<V>(collection: Collection<V>, ...parts: readonly Uint8Array[]): Promise<V | null> {
    return this.ledger.read(collection, ...parts);
  }

  /**
   * The proved record of an organisation.
   *
   * @throws WardError `ORGANISATION_UNKNOWN`.
   */
  async organisation(id: AccountId): Promise<Organisation> {
    const known = this.#organisations.get(toHex(id));
    if (known !== undefined && this.now() - known.time <= ORGANISATION_AGE_SECONDS_MAX) {
      return known.organisation;
    }
    const key = organisationKey(id);
    const organisation = (await this.prove([key])).record(Organisation, key);
    if (organisation === null)
      throw refuseNetwork('ORGANISATION_UNKNOWN', { organisation: toHex(id) });
    this.#organisations.set(toHex(id), { organisation, time: this.now() });
    return organisation;
  }

  /** The proved record of an account; null where there is none. */
  async account(id: AccountId): Promise<Account | null> {
    const key = accountKey(id);
    return (await this.prove([key])).record(AccountFormat, key);
  }

  /** All organisations of the network, each proved. */
  async organisations(): Promise<{ id: AccountId; organisation: Organisation }[]> {
    const directory = (await this.prove([directoryKey])).record(Directory, directoryKey);
    const ids = directory?.organisations ?? [];
    const all: { id: AccountId; organisation: Organisation }[] = [];
    for (let at = 0; at < ids.length; at += LEDGER_LIMITS.provedKeysMax) {
      const page = ids.slice(at, at + LEDGER_LIMITS.provedKeysMax);
      const state = await this.prove(page.map(organisationKey));
      for (const id of page) {
        const organisation = state.record(Organisation, organisationKey(id));
        if (organisation === null) continue;
        this.#organisations.set(toHex(id), { organisation, time: this.now() });
        all.push({ id, organisation });
      }
    }
    return all;
  }

  /**
   * The way to a server of an organisation, by the endpoint that the ledger proves.
   *
   * @throws WardError `ENDPOINT_MISSING`, `ORGANISATION_UNKNOWN`.
   */
  async server(id: AccountId, kind: EndpointKind): Promise<Transport> {
    const { endpoints } = await this.organisation(id);
    const origin = endpoints[kind];
    if (origin === null) throw refuse('ENDPOINT_MISSING', { organisation: toHex(id) });
    return this.transport(origin);
  }

  /** Remembers whether a vault answers: those that do are asked first. */
  noteVault(id: AccountId, isThere: boolean): void {
    if (isThere) this.#away.delete(toHex(id));
    else this.#away.add(toHex(id));
  }

  /** Vaults in the order in which to ask them. */
  inTurn(vaults: readonly AccountId[]): AccountId[] {
    const isAway = (id: AccountId) => Number(this.#away.has(toHex(id)));
    return [...vaults].sort((a, b) => isAway(a) - isAway(b));
  }

  /**
   * Which organisation keeps an organisation's inbox: itself, or the one in whose vault it is.
   *
   * @throws WardError `ENDPOINT_MISSING`.
   */
  async inboxKeeper(id: AccountId): Promise<AccountId> {
    const { endpoints } = await this.organisation(id);
    if (endpoints.inbox !== null && endpoints.inbox === endpoints.vault) return id;
    const all = await this.organisations();
    const keeper = all.find(
      ({ organisation }) =>
        endpoints.inbox !== null && organisation.endpoints.vault === endpoints.inbox,
    );
    if (keeper === undefined) throw refuse('ENDPOINT_MISSING', { organisation: toHex(id) });
    return keeper.id;
  }
}
