import type { EngineQueries } from '@ward/engine';
import { slotsState } from '@ward/ledger/schema';
import {
  type AccountId,
  type Clock,
  type Crypto,
  type Ed25519KeyPair,
  type Random,
  type Transport,
  word,
} from '@ward/protocol';
import {
  type HttpServer,
  type ListenOptions,
  type Log,
  type Metrics,
  type ServerLimits,
  startServer,
} from '@ward/server';
import { SlotCarrier } from './carrier/slot-carrier.ts';
import { nodeDoors } from './doors/node-doors.ts';
import { OrganisationQuota } from './doors/organisation-quota.ts';
import { SourceQuotas } from './doors/source-quotas.ts';
import { NODE_LIMITS, type NodeLimits } from './limits.ts';
import { type MeasuredLedger, measureLedger } from './telemetry/measure-ledger.ts';

/** A ledger that runs, on files or in memory. */
export interface RunningLedger extends MeasuredLedger {
  readonly queries: EngineQueries;
}

export interface NodeServerOptions {
  readonly ledger: RunningLedger;
  readonly organisation: AccountId;
  /** A service key of the organisation: it signs the slots that are carried. */
  readonly service: Ed25519KeyPair;
  /** Public key with which the node votes; left out where it does not. */
  readonly validator?: Uint8Array;
  readonly version: string;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly listen?: ListenOptions;
  readonly limits?: Partial<NodeLimits>;
  readonly serverLimits?: Partial<ServerLimits>;
}

/** The HTTP side of a node. */
export interface NodeServer {
  readonly origin: string;
  /** The way to it without a socket. */
  readonly transport: Transport;
  /** Takes nothing new and answers what is in work; the engine must run until then. */
  close(): Promise<void>;
}

/** Opens the doors of the ledger's API before a running engine. */
export async function startNodeServer(options: NodeServerOptions): Promise<NodeServer> {
  const { ledger, serverLimits = {} } = options;
  const { machine, queries } = ledger;
  const limits: NodeLimits = { ...NODE_LIMITS, ...options.limits };
  const carrier = makeCarrier(options, limits);
  const { crypto } = options;
  const organisations = new OrganisationQuota({ machine, crypto, limits });
  const quotas = new SourceQuotas(limits);
  measureLedger({ ...options, validator: options.validator ?? null });
  options.metrics.gauge('carried_slots_in_work', () => carrier.inWork);
  const server: HttpServer = await startServer({
    ...options,
    name: word('node'),
    realm: machine.realm,
    doors: nodeDoors({ queries, carrier, quotas, organisations, limits }),
    // No door of a node asks who calls.
    members: null,
    limits: { streamsMax: limits.streamsMax, ...serverLimits },
  });
  const { origin, transport } = server;
  return { origin, transport, close: () => server.close() };
}

function makeCarrier(options: NodeServerOptions, limits: NodeLimits): SlotCarrier {
  const { ledger, organisation } = options;
  const { machine, queries } = ledger;
  return new SlotCarrier({
    ...options,
    account: organisation,
    realm: machine.realm,
    chain: machine.chain,
    limits,
    isWritten: (slot) => machine.read(slotsState.slots, slot) !== null,
    submit: (envelope) => queries.submit(envelope),
  });
}
