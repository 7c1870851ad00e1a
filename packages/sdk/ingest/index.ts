export { CHART_CODES, CHART_LABELS, CHART_TYPES } from './chart-codes.ts';
export { INGEST_LIMITS } from './limits.ts';
export { sniffMediaType } from './media-types.ts';
export * from './plan-ingest.ts';
export type { IngestInput } from './read-inputs.ts';
export { withoutKnown } from './without-known.ts';
