import { METRIC_PREFIX, METRICS, type MetricKind, PROCESS_METRICS } from '@ward/server';

/** Words of Prometheus' language that expressions of ours use. */
const WORDS = new Set([
  ...['abs', 'increase', 'rate', 'sum', 'max', 'histogram_quantile', 'by', 'on', 'and', 'unless'],
]);
/** What Prometheus itself adds to each sample. */
const TARGET_LABELS = ['instance', 'job'];
const KINDS: { readonly [name: string]: MetricKind } = METRICS;

interface KnownMetric {
  readonly labels: readonly string[];
}

function metricOf(name: string): KnownMetric | undefined {
  if (name === 'up' || PROCESS_METRICS.includes(name)) return { labels: [] };
  if (!name.startsWith(METRIC_PREFIX)) return undefined;
  const own = name.slice(METRIC_PREFIX.length);
  const kind = KINDS[own];
  // A histogram is shown as three counters.
  if (kind !== undefined) return kind.type === 'histogram' ? undefined : kind;
  const histogram = KINDS[own.replace(/_(bucket|sum|count)$/, '')];
  if (histogram?.type !== 'histogram') return undefined;
  return { labels: own.endsWith('_bucket') ? [...histogram.labels, 'le'] : histogram.labels };
}

/**
 * What is wrong with an expression: brackets that do not close, names that nothing shows, labels
 * that the metric does not have, and a rate of what is no counter.
 */
export function expressionFaults(expression: string): string[] {
  const grouped = [...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].map(([, labels]) => labels!);
  const matched = [...expression.matchAll(/([a-z_]\w*)\{([^}]*)\}/g)];
  const bare = expression
    .replaceAll(/\b(?:by|on) \([^)]*\)/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, '');
  const names = [...bare.matchAll(/[a-zA-Z_]\w*/g)].map(([name]) => name);
  const metrics = names.filter((name) => !WORDS.has(name));
  const known = metrics.flatMap((name) => metricOf(name)?.labels ?? []);
  const counted = [...expression.matchAll(/\b(?:rate|increase)\(([a-z_]\w*)/g)];
  const texts = [
    ...(hasPairs(expression) ? [] : ['brackets do not close']),
    ...metrics.filter((name) => metricOf(name) === undefined).map((name) => `no metric ${name}`),
    ...grouped
      .flatMap((labels) => labels.split(/, */))
      .filter((label) => ![...known, ...TARGET_LABELS].includes(label))
      .map((label) => `no label ${label}`),
    ...matched.flatMap(([, name, matchers]) => unknownMatchers(name!, matchers!)),
    ...counted.filter(([, name]) => !isCounter(name!)).map(([, name]) => `${name} is no counter`),
  ];
  return metrics.length === 0 ? ['asks for nothing', ...texts] : texts;
}

function unknownMatchers(name: string, matchers: string): string[] {
  const labels = [...(metricOf(name)?.labels ?? []), ...TARGET_LABELS];
  return matchers.split(',').flatMap((matcher) => {
    const [, label] = /^([a-z_]+)(?:=|!=|=~|!~)"[^"]*"$/.exec(matcher.trim()) ?? [];
    return label !== undefined && labels.includes(label) ? [] : [`no matcher ${matcher}`];
  });
}

function isCounter(name: string): boolean {
  return /_(total|bucket|sum|count)$/.test(name);
}

function hasPairs(expression: string): boolean {
  const open: string[] = [];
  const pairs: { readonly [close: string]: string } = { ')': '(', ']': '[', '}': '{' };
  for (const letter of expression) {
    if ('([{'.includes(letter)) open.push(letter);
    else if (pairs[letter] !== undefined && open.pop() !== pairs[letter]) return false;
  }
  return open.length === 0;
}
