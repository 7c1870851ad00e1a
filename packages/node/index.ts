export * from './create-node.ts';
export { refuse as refuseNode } from './errors.ts';
export * from './home/node-home.ts';
export * from './limits.ts';
export * from './node-server.ts';
