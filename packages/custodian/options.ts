import { SERVER_OPTIONS } from '@ward/server';

/** All settings of a custodian's process. */
export const CUSTODIAN_OPTIONS = {
  home: { help: 'Folder of the custodian' },
  ...SERVER_OPTIONS,
} as const;
