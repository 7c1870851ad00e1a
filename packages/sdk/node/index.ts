export * from './file-event-store.ts';
export * from './home.ts';
