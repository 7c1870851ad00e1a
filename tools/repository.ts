import { fileURLToPath } from 'node:url';

/** Folder that holds the whole repository. */
export const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
