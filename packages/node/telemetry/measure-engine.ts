import type { EngineWatch, Ingress } from '@ward/engine';
import type { Metrics } from '@ward/server';
import { CountedIngress } from './counted-ingress.ts';

const MS_PER_SECOND = 1000;

/** What an engine is opened with so that it is measured. */
export interface EngineMeasures {
  readonly watch: EngineWatch;
  readonly wrapIngress: (inner: Ingress) => Ingress;
}

/** Measures how long blocks take, and what waits to be verified. */
export function measureEngine(metrics: Metrics): EngineMeasures {
  const executing = metrics.histogram('execute_seconds');
  const committing = metrics.histogram('commit_seconds');
  let ingress: CountedIngress | undefined;
  metrics.gauge('signature_queue', () => ingress?.waiting ?? 0);
  return {
    watch: {
      executed: (durationMs) => executing.observe({}, durationMs / MS_PER_SECOND),
      committed: (durationMs) => committing.observe({}, durationMs / MS_PER_SECOND),
    },
    wrapIngress: (inner) => {
      ingress = new CountedIngress(inner);
      return ingress;
    },
  };
}
