export const SERVER_KINDS = ['node', 'vault', 'custodian', 'witness'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

export interface MetricKind {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Who shows it. */
  readonly servers: readonly ServerKind[];
}

const NODE = ['node'] as const;
const FOLLOWERS = ['vault', 'custodian', 'witness'] as const;

function gauge<const S extends readonly ServerKind[]>(servers: S, help: string) {
  return { type: 'gauge', help, labels: [], servers } as const;
}

function counter<const L extends readonly string[], const S extends readonly ServerKind[]>(
  servers: S,
  help: string,
  labels: L,
) {
  return { type: 'counter', help, labels, servers } as const;
}

function seconds<const L extends readonly string[], const S extends readonly ServerKind[]>(
  servers: S,
  help: string,
  labels: L,
) {
  return { type: 'histogram', help, labels, servers } as const;
}

/**
 * Everything that a server of Ward measures itself. Prometheus sees each name behind `ward_`. What
 * is not here cannot be measured; documents, dashboards and alerts are held to it by tests.
 */
export const METRICS = {
  build_info: {
    ...gauge(SERVER_KINDS, '1, with what runs and its version'),
    labels: ['server', 'version'],
  },
  disk_free_bytes: gauge(SERVER_KINDS, 'Free bytes of the disk that the home is on'),
  clock_skew_seconds: gauge(
    SERVER_KINDS,
    'Own clock minus the time of the newest block when it came; below 0 the clock is behind',
  ),
  request_seconds: seconds(SERVER_KINDS, 'Time from a request to its answer, by door', ['door']),
  answers_total: counter(SERVER_KINDS, 'Answers by door and code; the code of a good one is OK', [
    'door',
    'code',
  ]),
  requests_in_work: gauge(SERVER_KINDS, 'Requests in work'),
  event_streams_open: gauge(SERVER_KINDS, 'Event streams that are open'),
  body_bytes_held: gauge(SERVER_KINDS, 'Bytes of bodies in memory'),

  height: gauge(NODE, 'Height of the newest block'),
  height_lag: gauge(NODE, 'Blocks that the highest peer is ahead; 0 without peers'),
  block_age_seconds: gauge(NODE, 'Age of the newest block by the own clock'),
  consensus_round: gauge(NODE, 'Round in which the newest block was agreed on; 0 is the first'),
  validators: gauge(NODE, 'Validators of the newest block'),
  validators_absent: gauge(NODE, 'Validators without a signature under the newest block'),
  validator_power: gauge(NODE, 'Voting power of this node under the newest block; 0: it has none'),
  missed_blocks_total: counter(NODE, 'Blocks that this node was to sign and did not', []),
  mempool_transactions: gauge(NODE, 'Transactions of this node that stand in no block yet'),
  mempool_bytes: gauge(NODE, 'Bytes that wait for a block, of this node and of others'),
  signature_queue: gauge(
    NODE,
    'Envelopes that came over HTTP or from peers and are being verified',
  ),
  signature_batches: gauge(
    NODE,
    '1 while the process that verifies signatures in batches runs; else they cost thrice as much',
  ),
  execute_seconds: seconds(NODE, 'Time to execute a block', []),
  commit_seconds: seconds(NODE, 'Time to make a block durable', []),
  peers: gauge(NODE, 'Nodes that this one is connected with'),
  engine_restarts_total: counter(NODE, 'Times that CometBFT ended and was started again', []),
  ledger_keys: gauge(NODE, 'Keys of the state'),
  ledger_ram_bytes: gauge(NODE, 'Memory of state tree and replays'),
  ledger_log_bytes: gauge(NODE, 'Bytes of the log'),
  carried_slots_in_work: gauge(NODE, 'Slots without a receipt'),

  ledger_height: gauge(FOLLOWERS, 'Newest height believed'),
  ledger_age_seconds: gauge(FOLLOWERS, 'Age of the newest block that is believed'),
  ledger_forked: gauge(FOLLOWERS, '1 when two signed headers contradicted each other'),
  node_lies_total: counter(FOLLOWERS, 'Answers of nodes that do not verify, by code', ['code']),
  vault_objects: gauge(['vault'], 'Objects stored'),
  vault_bytes: gauge(['vault'], 'Bytes stored'),
  vault_scrubbed_bytes_total: counter(
    ['vault'],
    'Bytes read again to find what the disk altered',
    [],
  ),
  vault_damaged: gauge(['vault'], 'Objects that were damaged in the last round, and still are'),
  vault_fetched_total: counter(['vault'], 'Missed headers and objects fetched from others', []),
  vault_mended_total: counter(['vault'], 'Damaged objects fetched whole from another vault', []),
  shares: gauge(['custodian'], 'Shares held'),
  openings_total: counter(['custodian'], 'Openings by verdict', ['verdict']),
  witness_height: gauge(['witness'], 'Height of the head that was cosigned last'),
  witness_refusals_total: counter(['witness'], 'Heads that were not cosigned, by code', ['code']),
} as const satisfies { readonly [name: string]: MetricKind };

type Catalogue = typeof METRICS;
/** Names of one type. */
export type MetricName<T extends MetricKind['type']> = {
  [N in keyof Catalogue]: Catalogue[N]['type'] extends T ? N : never;
}[keyof Catalogue];
export type LabelOf<N extends keyof Catalogue> = Catalogue[N]['labels'][number];

/** Before each name of {@link METRICS}. */
export const METRIC_PREFIX = 'ward_';

/** What the runtime says of its process and dashboards rely on; its names are the usual ones. */
export const PROCESS_METRICS: readonly string[] = [
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_open_fds',
  'process_start_time_seconds',
  'nodejs_eventloop_lag_p99_seconds',
];
