import { connect } from 'node:net';
import type { NodeAnswer } from './ask-node.ts';
import type { ExaminedHome } from './examined-home.ts';
import type { Finding } from './finding.ts';

const CONNECT_MS_MAX = 5000;

/** Every node that this one is told to know can be reached. */
export async function findUnreachablePeers(
  { files }: ExaminedHome,
  answers: readonly NodeAnswer[],
): Promise<Finding[]> {
  const peers = files.peering?.peers ?? [];
  const reached = await Promise.all(peers.map(isReached));
  const why = 'Without more than two thirds of the validators connected there are no blocks.';
  return [...peers.filter((_, i) => reached[i] !== true), ...silentOrigins(answers)].map((place) =>
    finding(place, why),
  );
}

/** Every node that a vault or custodian asks for the ledger answers. */
export function findSilentNodes(answers: readonly NodeAnswer[]): Finding[] {
  const why = 'What no node proves, a vault or custodian does not know: who may ask, and for what.';
  return silentOrigins(answers).map((place) => finding(place, why));
}

function silentOrigins(answers: readonly NodeAnswer[]): string[] {
  return answers.flatMap(({ status, origin }) => (status === undefined ? origin : []));
}

function finding(place: string, why: string): Finding {
  return {
    fault: 'unreachable-peer',
    what: `${place} does not answer.`,
    why,
    next: 'Ask its operator whether it runs, and look at firewalls and names on the way.',
  };
}

/** @param peer As in `<node id>@10.0.0.2:26656`. */
function isReached(peer: string): Promise<boolean> {
  const [, host, port] = /@(.*):(\d+)$/.exec(peer) ?? [];
  if (host === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.setTimeout(CONNECT_MS_MAX, () => end(false));
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
