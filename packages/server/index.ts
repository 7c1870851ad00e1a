export * from './admission/token-buckets.ts';
export * from './callers/members.ts';
export * from './doors/door.ts';
export type { IncomingBody } from './doors/incoming-body.ts';
export { refuse as refuseServer } from './errors.ts';
export * from './ledger/joined-proofs.ts';
export * from './ledger/ledger-follower.ts';
export * from './ledger/trusted-block-file.ts';
export { untilJoined } from './ledger/until-joined.ts';
export * from './limits.ts';
export * from './openapi.ts';
export * from './ops-server.ts';
export { configKeys } from './process/config-file.ts';
export * from './process/config-schema.ts';
export * from './process/moved-clock.ts';
export * from './process/open-parts.ts';
export * from './process/read-options.ts';
export * from './process/run-process.ts';
export * from './process/run-server.ts';
export * from './start-server.ts';
export * from './storage/durable-database.ts';
export * from './storage/free-bytes.ts';
export * from './storage/home-folder.ts';
export * from './storage/replace-file.ts';
export * from './telemetry/log.ts';
export * from './telemetry/metric-catalogue.ts';
export * from './telemetry/metrics.ts';
export {
  codeWord,
  failureWord,
  type PublicFields,
  PublicOrganisation,
  type PublicValue,
  placeWord,
} from './telemetry/public-value.ts';
export * from './witness/create-witness.ts';
export * from './witness/witness-home.ts';
export * from './witness/witness-keeper.ts';
export * from './witness/witness-options.ts';
