export * from './file-event-store.ts';
