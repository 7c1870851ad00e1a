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
  return [
    ...peers.filter((_, i) => reached[i] !== true),
    ...answers.flatMap(({ status, origin }) => (status === undefined ? origin : [])),
  ].map((place) => ({
    fault: 'unreachable-peer' as const,
    what: `${place} does not answer.`,
    why: 'Without more than two thirds of the validators connected there are no blocks.',
    next: 'Ask its operator whether it runs, and look at firewalls and names on the way.',
  }));
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
