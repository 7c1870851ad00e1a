export { refuse as refuseSandbox } from './errors.ts';
export * from './network.ts';
export * from './organisations.ts';
export type { SandboxLogLine, ServerProcess } from './server-process.ts';
export * from './start-network.ts';
