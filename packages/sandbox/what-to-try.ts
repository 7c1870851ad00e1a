import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Network } from './network/index.ts';

/** What a person can do with a sandbox that is up: homes, commands, addresses. */
export function whatToTry(network: Network): string {
  const { home } = network;
  const patients = join(home, 'patients');
  const wallets = existsSync(patients) ? readdirSync(patients).sort() : [];
  const wallet = join(patients, wallets[1] ?? wallets[0] ?? 'patient-1');
  const hospital = join(home, 'hospital-b');
  const lines = [
    '',
    `Wallets: ${wallets.map((name) => join('patients', name)).join(', ')}`,
    `Organisations: ${network.organisations.map(({ folder }) => folder).join(', ')}`,
    `Each has a home of its own in ${home}: read what each party holds.`,
    '',
    'Try, in another terminal (npm run ward -- … stands for ward …):',
    `  ward record list --home ${wallet}`,
    `  ward consent grant --home ${wallet} --chart general --to "Hospital B" --purpose TREAT --for 30d`,
    `  ward access list --home ${hospital}`,
    `  ward access log --home ${wallet} --chart general`,
    `  ward ledger verify --home ${wallet}`,
    '',
    ...network.organisations.flatMap(({ folder, servers }) =>
      servers.map(({ kind, origin }) => `  ${`${folder} ${kind}`.padEnd(32)}${origin}`),
    ),
    '',
    'Ctrl-C ends it.',
    '',
  ];
  return lines.join('\n');
}
