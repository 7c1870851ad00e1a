export { refuse as refuseSandbox } from './errors.ts';
export * from './init-network.ts';
export * from './network.ts';
export * from './organisations.ts';
export { hasNetwork } from './sandbox-file.ts';
export type { SandboxLogLine, ServerProcess } from './server-process.ts';
export * from './start-network.ts';
export * from './watch-network.ts';
