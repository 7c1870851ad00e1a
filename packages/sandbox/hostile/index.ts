export * from './lying-proxy.ts';
export * from './stored-bytes.ts';
