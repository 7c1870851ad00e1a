export * from './create-custodian.ts';
export { refuse as refuseCustodian } from './errors.ts';
export * from './home/custodian-home.ts';
export * from './home/inspect-custodian.ts';
export * from './limits.ts';
export * from './options.ts';
export type { HandOverProgress } from './shares/hand-over.ts';
