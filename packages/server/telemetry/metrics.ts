import type { Word } from '@ward/protocol';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type LabelOf, METRIC_PREFIX, METRICS, type MetricName } from './metric-catalogue.ts';
import { publicText } from './public-value.ts';

/** Labels are words of the source code, and so few that a metric stays small. */
export type Labels<L extends string> = { readonly [N in L]: Word };

export interface Count<L extends string> {
  add(labels: Labels<L>, amount?: number): void;
}

export interface Spread<L extends string> {
  observe(labels: Labels<L>, value: number): void;
}

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * What a process counts and measures, in the format of Prometheus. What can be measured stands in
 * {@link METRICS}.
 *
 * @example metrics.gauge('height', () => engine.newest?.header.height);
 */
export class Metrics {
  readonly #registry = new Registry();

  /** Memory, event loop and garbage collection of the process; once in a process. */
  includeProcess(): void {
    // The event loop is looked at ten times a second: each look wakes the process.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 100 });
  }

  counter<N extends MetricName<'counter'>>(name: N): Count<LabelOf<N>> {
    const counter = new Counter(this.#options(name));
    return { add: (labels, amount = 1) => counter.inc(texts(labels), amount) };
  }

  /** A count without labels that somebody else keeps. */
  counted(name: MetricName<'counter'>, read: () => number): void {
    new Counter({
      ...this.#options(name),
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  /** Durations in seconds. */
  histogram<N extends MetricName<'histogram'>>(name: N): Spread<LabelOf<N>> {
    const histogram = new Histogram({ ...this.#options(name), buckets: SECONDS_BUCKETS });
    return { observe: (labels, value) => histogram.observe(texts(labels), value) };
  }

  /** A number that is read when it is asked for; undefined: it is not known now. */
  gauge<N extends MetricName<'gauge'>>(
    name: N,
    read: () => number | undefined | Promise<number | undefined>,
    ...labels: LabelOf<N> extends never ? [] : [Labels<LabelOf<N>>]
  ): void {
    new Gauge({
      ...this.#options(name),
      async collect() {
        const value = await read();
        this.reset();
        if (value !== undefined) this.set(texts(labels[0] ?? {}), value);
        else this.remove();
      },
    });
  }

  #options(name: keyof typeof METRICS) {
    const { help, labels } = METRICS[name];
    const labelNames: string[] = [...labels];
    return { name: METRIC_PREFIX + name, help, labelNames, registers: [this.#registry] };
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The page that Prometheus reads. */
  page(): Promise<string> {
    return this.#registry.metrics();
  }
}

function texts(labels: { readonly [name: string]: Word }): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name, String(publicText(value))]),
  );
}
