export * from './file-event-store.ts';
export * from './home.ts';
export { loadHomeKey } from './home-files.ts';
export * from './staff-key.ts';
