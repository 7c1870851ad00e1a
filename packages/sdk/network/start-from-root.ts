import { getGenesis, getLightBlock, type NetworkFile, networkOf } from '@ward/ledger/schema';
import {
  type Crypto,
  callEndpoint,
  equalBytes,
  type TrustRoot,
  trustFirstBlock,
  WardError,
} from '@ward/protocol';
import type { Connect } from '../connection/connection.ts';
import { refuse } from '../errors.ts';

/** How long a block stays believed that nobody looked at: two weeks, where no file says more. */
const TRUSTING_PERIOD_SECONDS = 14 * 86_400;
const CLOCK_DRIFT_SECONDS = 10;

/** What is known besides the root: a network file, or the origins of nodes. */
export type RootSource =
  | { readonly networkFile: NetworkFile }
  | { readonly nodes: readonly [string, ...string[]] };

/**
 * The network file of a client whose trust begins with a root: from an invitation, a letter, a QR
 * code. Nothing that the nodes say is believed but the block that the root names; it is fetched,
 * verified, and stands in the file from then on.
 *
 * @throws WardError `TRUST_ROOT_FOREIGN` where file or nodes are of another network;
 * `HEADER_MISMATCH` where the block is another one; `SERVER_UNREACHABLE`.
 */
export async function startFromRoot(
  root: TrustRoot,
  source: RootSource,
  ports: { readonly connect: Connect; readonly crypto: Crypto },
): Promise<NetworkFile> {
  const { crypto, connect } = ports;
  const file = 'nodes' in source ? await askNetwork(root, source.nodes, ports) : source.networkFile;
  checkNetwork(root, file);
  const { trustingPeriodSeconds } = file;
  const clockDriftSeconds = CLOCK_DRIFT_SECONDS;
  const rules = { chain: root.chain, trustingPeriodSeconds, clockDriftSeconds };
  const checkpoint = await askEach(file.nodes, async (origin) => {
    const request = { params: { height: root.height }, query: {}, body: null };
    const block = await callEndpoint(getLightBlock, request, connect(origin));
    trustFirstBlock(block, root, rules, crypto);
    return block;
  });
  return { ...file, checkpoint };
}

function checkNetwork(root: TrustRoot, { network, genesis }: NetworkFile): void {
  const isSame = equalBytes(network, root.network) && genesis.chain === root.chain;
  if (!isSame) throw refuse('TRUST_ROOT_FOREIGN');
}

/** A network file as a node tells it: of it the root says the name of network and chain. */
function askNetwork(
  root: TrustRoot,
  nodes: readonly string[],
  { connect, crypto }: { readonly connect: Connect; readonly crypto: Crypto },
): Promise<NetworkFile> {
  return askEach(nodes, async (origin) => {
    const request = { params: {}, query: {}, body: null };
    const genesis = await callEndpoint(getGenesis, request, connect(origin));
    const file = {
      ...{ network: networkOf(genesis, crypto), genesis, checkpoint: null, nodes: [...nodes] },
      ...{ trustingPeriodSeconds: TRUSTING_PERIOD_SECONDS, witnesses: null },
    };
    checkNetwork(root, file);
    return file;
  });
}

/** The first answer; where all fail, the last failure. */
async function askEach<T>(
  nodes: readonly string[],
  ask: (origin: string) => Promise<T>,
): Promise<T> {
  let failure: unknown;
  for (const origin of nodes) {
    try {
      return await ask(origin);
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      failure = error;
    }
  }
  throw failure;
}
