import { wallet } from './commands/wallet/index.ts';
import type { ProgramSpec } from './frame/parse-arguments.ts';

/** Version of the command; a test compares it with package.json. */
const VERSION = '0.1.0';

/** Every command, in the order of the help. */
export const PROGRAM: ProgramSpec = {
  version: VERSION,
  entries: [{ audience: 'For persons', ...wallet }],
};
