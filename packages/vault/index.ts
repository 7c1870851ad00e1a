export type { BlobId, BlobRange, BlobStore } from './blobs/blob-store.ts';
export * from './blobs/file-blob-store.ts';
export * from './blobs/memory-blob-store.ts';
export * from './create-vault.ts';
export { refuse as refuseVault } from './errors.ts';
export * from './home/vault-home.ts';
export * from './limits.ts';
export type { ScrubOptions, ScrubProgress, ScrubReport } from './objects/scrub.ts';
export * from './options.ts';
