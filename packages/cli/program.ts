import { access } from './commands/access/index.ts';
import { bench } from './commands/bench.ts';
import { chart } from './commands/chart/index.ts';
import { completion } from './commands/completion.ts';
import { config } from './commands/config/index.ts';
import { consent } from './commands/consent/index.ts';
import { custodian } from './commands/custodian/index.ts';
import { doctor } from './commands/doctor.ts';
import { ledger } from './commands/ledger/index.ts';
import { network } from './commands/network/index.ts';
import { node } from './commands/node/index.ts';
import { org } from './commands/org/index.ts';
import { record } from './commands/record/index.ts';
import { sandbox } from './commands/sandbox.ts';
import { vault } from './commands/vault/index.ts';
import { wallet } from './commands/wallet/index.ts';
import { witness } from './commands/witness/index.ts';
import type { ProgramSpec } from './frame/parse-arguments.ts';

/** Version of the command; a test compares it with package.json. */
const VERSION = '0.1.0';

/** Every command, in the order of the help. */
export const PROGRAM: ProgramSpec = {
  version: VERSION,
  entries: [
    { audience: 'To see it all', ...sandbox },
    { audience: 'For persons', ...wallet },
    { audience: 'For persons and organisations', ...chart },
    { audience: 'For persons and organisations', ...record },
    { audience: 'For persons and organisations', ...consent },
    { audience: 'For persons and organisations', ...access },
    { audience: 'For organisations', ...org },
    { audience: 'For operators', ...network },
    { audience: 'For operators', ...node },
    { audience: 'For operators', ...custodian },
    { audience: 'For operators', ...vault },
    { audience: 'For operators', ...witness },
    { audience: 'For operators', ...config },
    { audience: 'For operators', ...doctor },
    { audience: 'For anyone', ...ledger },
    { audience: 'This software', ...bench },
    { audience: 'This software', ...completion },
  ],
};
