import type { Word } from '@ward/protocol';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { publicText } from './public-value.ts';

/** Labels are words of the source code, and so few that a metric stays small. */
export type Labels<L extends string> = { readonly [N in L]: Word };

export interface MetricOptions<L extends string> {
  /** As in `requests_total`; `ward_` is put before it. */
  readonly name: Word;
  readonly help: string;
  readonly labels: readonly L[];
}

export interface Count<L extends string> {
  add(labels: Labels<L>, amount?: number): void;
}

export interface Spread<L extends string> {
  observe(labels: Labels<L>, value: number): void;
}

const PREFIX = 'ward_';
const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What a process counts and measures, in the format of Prometheus. */
export class Metrics {
  readonly #registry = new Registry();

  /** Memory, event loop and garbage collection of the process; once in a process. */
  includeProcess(): void {
    // The event loop is looked at ten times a second: each look wakes the process.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 100 });
  }

  counter<const L extends string>(options: MetricOptions<L>): Count<L> {
    const counter = new Counter(this.#options(options));
    return { add: (labels, amount = 1) => counter.inc(texts(labels), amount) };
  }

  /** Durations in seconds. */
  histogram<const L extends string>(options: MetricOptions<L>): Spread<L> {
    const histogram = new Histogram({ ...this.#options(options), buckets: SECONDS_BUCKETS });
    return { observe: (labels, value) => histogram.observe(texts(labels), value) };
  }

  /** A number that is read when it is asked for. */
  gauge({ name, help }: { name: Word; help: string }, read: () => number): void {
    const options = this.#options({ name, help, labels: [] });
    new Gauge({
      ...options,
      collect() {
        this.set(read());
      },
    });
  }

  #options<L extends string>({ name, help, labels }: MetricOptions<L>) {
    return { name: PREFIX + name, help, labelNames: labels, registers: [this.#registry] };
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The page that Prometheus reads. */
  page(): Promise<string> {
    return this.#registry.metrics();
  }
}

function texts<L extends string>(labels: Labels<L>): { [N in L]: string } {
  const shown = {} as { [N in L]: string };
  for (const name of Object.keys(labels) as L[]) shown[name] = String(publicText(labels[name]));
  return shown;
}
