/** How long a bench may take. */
export interface BenchOptions {
  /** The largest sizes, and longer measurements. */
  readonly full: boolean;
  /** The smallest sizes alone: to see that it runs. */
  readonly quick: boolean;
}

/** One line of a bench's table. */
export interface BenchRow {
  /** Bench and case, as in `embedded.100k`. */
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** What the same run measured to compare with. */
  readonly baseline: number | null;
  readonly ratio: number | null;
  /** Least ratio or, where there is no baseline, the bound of the value. */
  readonly target: number | null;
  readonly held: boolean | null;
}

/** A figure that must be so many times its baseline at least. */
export function comparedRow(figure: {
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number;
  readonly target: number;
}): BenchRow {
  const ratio = figure.value / figure.baseline;
  return { ...figure, ratio, held: ratio >= figure.target };
}

/** A figure with a bound of its own. */
export function boundedRow(
  figure: { readonly metric: string; readonly value: number; readonly unit: string },
  bound: { readonly atLeast: number } | { readonly atMost: number },
): BenchRow {
  const isMinimum = 'atLeast' in bound;
  const target = isMinimum ? bound.atLeast : bound.atMost;
  const held = isMinimum ? figure.value >= target : figure.value <= target;
  return { ...figure, baseline: null, ratio: null, target, held };
}

/** A figure that is only told. */
export function plainRow(metric: string, value: number, unit: string): BenchRow {
  return { metric, value, unit, baseline: null, ratio: null, target: null, held: null };
}
