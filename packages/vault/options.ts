import { SERVER_OPTIONS } from '@ward/server';

/** All settings of a vault's process. */
export const VAULT_OPTIONS = { home: { help: 'Folder of the vault' }, ...SERVER_OPTIONS } as const;
