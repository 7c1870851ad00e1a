import { SERVER_OPTIONS } from '../process/read-options.ts';

/** All settings of a witness's process. */
export const WITNESS_OPTIONS = {
  home: { help: 'Folder of the witness' },
  ...SERVER_OPTIONS,
} as const;
