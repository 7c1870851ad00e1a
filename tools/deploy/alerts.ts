/** An alert of Prometheus, with the page that says what to do. */
export interface Alert {
  readonly name: string;
  readonly expression: string;
  /** How long it must hold. */
  readonly after: string;
  /** `page` wakes somebody; `ticket` can wait for the day. */
  readonly severity: 'page' | 'ticket';
  readonly summary: string;
}

const COMMIT_P99 =
  'histogram_quantile(0.99, sum by (instance, le) (rate(ward_commit_seconds_bucket[5m])))';

/** What an operator is told of without having looked. */
export const ALERTS: readonly Alert[] = [
  {
    ...{ name: 'ServerDown', expression: 'up{job="ward"} == 0', after: '1m', severity: 'page' },
    summary: 'A server of Ward does not answer at its operator door',
  },
  {
    ...{ name: 'ChainStalled', expression: 'ward_block_age_seconds > 30', after: '1m' },
    ...{ severity: 'page', summary: 'There was no block for half a minute' },
  },
  {
    ...{ name: 'HeightLag', expression: 'ward_height_lag > 10', after: '5m' },
    ...{ severity: 'ticket', summary: 'The node is behind its peers and does not catch up' },
  },
  {
    ...{ name: 'MissedBlocks', expression: 'increase(ward_missed_blocks_total[10m]) > 10' },
    ...{ after: '1m', severity: 'page', summary: 'The validator does not sign: it may be jailed' },
  },
  {
    ...{ name: 'ValidatorsAbsent', expression: 'ward_validators_absent * 4 > ward_validators' },
    ...{ after: '5m', severity: 'page', summary: 'More than a quarter of the validators is away' },
  },
  {
    ...{ name: 'ConsensusRounds', expression: 'ward_consensus_round > 1', after: '5m' },
    ...{ severity: 'ticket', summary: 'Blocks need several rounds' },
  },
  {
    ...{ name: 'PeersMissing', expression: 'ward_peers == 0 and ward_validators > 1' },
    ...{ after: '2m', severity: 'page', summary: 'The node is connected with no other' },
  },
  {
    ...{ name: 'EngineRestarts', expression: 'increase(ward_engine_restarts_total[15m]) > 2' },
    ...{ after: '0m', severity: 'page', summary: 'CometBFT ends again and again' },
  },
  {
    ...{ name: 'DiskLow', expression: 'ward_disk_free_bytes < 5368709120', after: '5m' },
    ...{ severity: 'ticket', summary: 'Less than 5 GiB are free; at 256 MiB a node is not ready' },
  },
  {
    name: 'ClockSkew',
    expression: 'abs(ward_clock_skew_seconds) > 15 unless on (instance) ward_height_lag > 1',
    ...{ after: '2m', severity: 'page', summary: 'The clock is far from that of the ledger' },
  },
  {
    ...{ name: 'MempoolLong', expression: 'ward_mempool_transactions > 20000', after: '2m' },
    ...{ severity: 'ticket', summary: 'More comes than blocks take' },
  },
  {
    ...{ name: 'CommitSlow', expression: `${COMMIT_P99} > 1`, after: '10m' },
    ...{ severity: 'ticket', summary: 'The disk takes more than a second to keep a block' },
  },
  {
    ...{ name: 'LedgerOld', expression: 'ward_ledger_age_seconds > 60', after: '2m' },
    ...{ severity: 'page', summary: 'A vault or custodian has not seen the ledger for a minute' },
  },
  {
    ...{ name: 'LedgerForked', expression: 'ward_ledger_forked > 0', after: '0m' },
    ...{ severity: 'page', summary: 'Two signed headers of one height contradict each other' },
  },
  {
    ...{ name: 'NodeLies', expression: 'increase(ward_node_lies_total[10m]) > 0', after: '0m' },
    ...{ severity: 'page', summary: 'A node answered what does not verify' },
  },
  {
    ...{
      name: 'ServerFaults',
      expression: 'increase(ward_answers_total{code="INTERNAL"}[10m]) > 0',
    },
    ...{ after: '0m', severity: 'ticket', summary: 'A server failed at a request' },
  },
];

const HEAD = `# Made by npm run docs of tools/deploy/alerts.ts. Each runbook_url is a page in docs.
groups:
  - name: ward
    rules:
`;

/** Path of the page of an alert. */
export function runbookOf({ name }: Pick<Alert, 'name'>): string {
  const words = name.replaceAll(/(?!^)[A-Z]/g, (letter) => `-${letter}`);
  return `docs/runbooks/${words.toLowerCase()}.md`;
}

/** deploy/prometheus/alerts.yml. */
export function alertsFile(): string {
  const rules = ALERTS.map((alert) =>
    [
      `      - alert: Ward${alert.name}`,
      // Quoted as JSON, which is YAML too.
      `        expr: ${JSON.stringify(alert.expression)}`,
      `        for: ${alert.after}`,
      '        labels:',
      `          severity: ${alert.severity}`,
      '        annotations:',
      `          summary: ${JSON.stringify(alert.summary)}`,
      `          runbook_url: ${runbookOf(alert)}`,
    ].join('\n'),
  );
  return `${HEAD}${rules.join('\n')}\n`;
}
