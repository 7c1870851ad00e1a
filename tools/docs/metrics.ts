import { METRIC_PREFIX, METRICS, type MetricKind } from '@ward/server';

const HEAD = `# Metrics

What the servers show under \`/metrics\` of the operator's door, for Prometheus. Made from
\`packages/server/telemetry/metric-catalogue.ts\` by \`npm run docs\`; nothing else can be measured.
Labels are words of the source code: no metric names a person, a chart, a slot or an address.
Besides these every process shows the usual \`process_\` and \`nodejs_\` metrics. Alerts on them
stand in \`deploy/prometheus/alerts.yml\`, a dashboard in \`deploy/grafana/ward.json\`.

| metric | type | labels | shown by | what |
| --- | --- | --- | --- | --- |
`;

/** docs/metrics.md. */
export function metricsDocument(): string {
  const all = Object.entries(METRICS as { readonly [name: string]: MetricKind });
  const rows = all.map(([name, { type, help, labels, servers }]) => {
    const own = labels.map((label) => `\`${label}\``).join(', ') || '–';
    return `| \`${METRIC_PREFIX}${name}\` | ${type} | ${own} | ${servers.join(', ')} | ${help} |`;
  });
  return `${HEAD}${rows.join('\n')}\n`;
}
