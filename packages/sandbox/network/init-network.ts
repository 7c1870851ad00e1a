import { loadCrypto, systemClock, systemRandom } from '@ward/protocol/crypto';
import { refuse } from './errors.ts';
import { makeNetwork } from './make-network.ts';
import { plainOrganisations } from './organisations.ts';
import { takeTurn } from './ports.ts';
import { loadSandboxFile, type SandboxFile } from './sandbox-file.ts';

export interface InitNetworkOptions {
  /** Empty folder: each organisation gets one in it. */
  readonly home: string;
  /** How many found the network; each runs a node, a vault and a custodian. */
  readonly organisations: number;
  readonly chain: string;
}

/**
 * Founds a network of several organisations whose members govern it: keys, genesis and one home
 * each, with the addresses of this machine.
 *
 * @throws WardError `SANDBOX_HOME_INVALID` for a folder with something in it, `SANDBOX_PORT_TAKEN`.
 */
export async function initNetwork(options: InitNetworkOptions): Promise<SandboxFile> {
  const { home, organisations, chain } = options;
  if (loadSandboxFile(home) !== undefined) throw refuse('SANDBOX_HOME_INVALID');
  const ports = { crypto: await loadCrypto(), clock: systemClock, random: systemRandom };
  const letNextStart = await takeTurn();
  try {
    const plans = plainOrganisations(organisations);
    return await makeNetwork({ ...ports, home, chain, organisations: plans, clockOffsetMs: 0 });
  } finally {
    letNextStart();
  }
}
