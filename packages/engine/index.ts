export * from './storage/disk.ts';
export * from './storage/durable-storage.ts';
export * from './storage/file-storage.ts';
export * from './storage/home-lock.ts';
export * from './storage/node-disk.ts';
