interface Panel {
  readonly title: string;
  /** What is drawn, with the legend of each line. */
  readonly lines: readonly (readonly [expression: string, legend: string])[];
  readonly unit?: 'short' | 's' | 'bytes' | 'ops' | 'percentunit';
}

const quantile = (q: number, name: string, by = 'instance') =>
  `histogram_quantile(${q}, sum by (${by}, le) (rate(${name}_bucket[$__rate_interval])))`;

const PANELS: readonly Panel[] = [
  { title: 'Height', lines: [['ward_height', '{{instance}}']] },
  { title: 'Blocks behind the peers', lines: [['ward_height_lag', '{{instance}}']] },
  {
    title: 'Age of the newest block',
    unit: 's',
    lines: [['ward_block_age_seconds', '{{instance}}']],
  },
  {
    title: 'Validators',
    lines: [
      ['max(ward_validators)', 'all'],
      ['max(ward_validators_absent)', 'absent'],
    ],
  },
  { title: 'Missed blocks', lines: [['increase(ward_missed_blocks_total[5m])', '{{instance}}']] },
  { title: 'Round of consensus', lines: [['ward_consensus_round', '{{instance}}']] },
  {
    title: 'Mempool',
    lines: [
      ['ward_mempool_transactions', '{{instance}} transactions'],
      ['ward_signature_queue', '{{instance}} being verified'],
    ],
  },
  { title: 'Bytes that wait', unit: 'bytes', lines: [['ward_mempool_bytes', '{{instance}}']] },
  {
    title: 'Execute and commit, 99 %',
    unit: 's',
    lines: [
      [quantile(0.99, 'ward_execute_seconds'), '{{instance}} execute'],
      [quantile(0.99, 'ward_commit_seconds'), '{{instance}} commit'],
    ],
  },
  {
    title: 'Answers by code',
    unit: 'ops',
    lines: [['sum by (code) (rate(ward_answers_total[$__rate_interval]))', '{{code}}']],
  },
  {
    title: 'Requests, 95 %, by door',
    unit: 's',
    lines: [[quantile(0.95, 'ward_request_seconds', 'door'), '{{door}}']],
  },
  {
    title: 'Openings by verdict',
    unit: 'ops',
    lines: [['sum by (verdict) (rate(ward_openings_total[$__rate_interval]))', '{{verdict}}']],
  },
  { title: 'Peers', lines: [['ward_peers', '{{instance}}']] },
  {
    title: 'Restarts of CometBFT',
    lines: [['increase(ward_engine_restarts_total[1h])', '{{instance}}']],
  },
  {
    title: 'Clock against the ledger',
    unit: 's',
    lines: [['ward_clock_skew_seconds', '{{instance}}']],
  },
  { title: 'Free disk', unit: 'bytes', lines: [['ward_disk_free_bytes', '{{instance}}']] },
  {
    title: 'Memory',
    unit: 'bytes',
    lines: [
      ['process_resident_memory_bytes{job="ward"}', '{{instance}}'],
      ['ward_ledger_ram_bytes', '{{instance}} ledger'],
    ],
  },
  {
    title: 'Processor',
    unit: 'percentunit',
    lines: [['rate(process_cpu_seconds_total{job="ward"}[$__rate_interval])', '{{instance}}']],
  },
  {
    title: 'Ledger as vaults and custodians see it',
    unit: 's',
    lines: [['ward_ledger_age_seconds', '{{instance}}']],
  },
  {
    title: 'Stored',
    lines: [
      ['ward_vault_objects', '{{instance}} objects'],
      ['ward_shares', '{{instance}} shares'],
    ],
  },
];

const COLUMNS = 3;
const SIZE = { w: 8, h: 7 };

/** All expressions of the dashboard. */
export function dashboardExpressions(): string[] {
  return PANELS.flatMap(({ lines }) => lines.map(([expression]) => expression));
}

/** deploy/grafana/ward.json, to be imported. */
export function dashboardFile(): string {
  const datasource = { type: 'prometheus', uid: '$datasource' };
  const panels = PANELS.map(({ title, lines, unit = 'short' }, i) => ({
    ...{ id: i + 1, type: 'timeseries', title, datasource },
    gridPos: { ...SIZE, x: (i % COLUMNS) * SIZE.w, y: Math.floor(i / COLUMNS) * SIZE.h },
    fieldConfig: { defaults: { unit, min: unit === 's' ? null : 0 }, overrides: [] },
    targets: lines.map(([expr, legendFormat], line) => ({
      ...{ refId: String.fromCharCode(65 + line), datasource, expr, legendFormat },
    })),
  }));
  const variable = { name: 'datasource', type: 'datasource', query: 'prometheus' };
  const dashboard = {
    ...{ uid: 'ward', title: 'Ward', tags: ['ward'], schemaVersion: 39, version: 1 },
    ...{ refresh: '10s', time: { from: 'now-1h', to: 'now' }, timezone: 'utc' },
    ...{ templating: { list: [variable] }, annotations: { list: [] }, panels },
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
