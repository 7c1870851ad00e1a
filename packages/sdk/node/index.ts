export * from './file-event-store.ts';
export * from './home.ts';
export * from './staff-key.ts';
