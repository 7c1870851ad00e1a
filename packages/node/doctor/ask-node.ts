import { getLightBlock, getStatus, type NodeStatus } from '@ward/ledger/schema';
import { callEndpoint, type LightBlock, type Seconds, type Transport } from '@ward/protocol';
import type { ExaminedHome } from './examined-home.ts';

/** How long another node has to answer. */
const ANSWER_MS_MAX = 5000;

/** What another node of the network says; believed for no more than an operator's suspicion. */
export interface NodeAnswer {
  readonly origin: string;
  /** Undefined where it cannot be reached. */
  readonly status: NodeStatus | undefined;
  readonly newest: LightBlock | undefined;
  /** Its clock; undefined where it does not tell. */
  readonly clock: Seconds | undefined;
}

/** Asks every node of the network file that is not this one. */
export function askNodes({
  networkFile,
  ownOrigins,
  connect,
}: Pick<ExaminedHome, 'networkFile' | 'ownOrigins' | 'connect'>): Promise<NodeAnswer[]> {
  const nodes = (networkFile?.nodes ?? []).filter((origin) => !ownOrigins.includes(origin));
  return Promise.all(nodes.map((origin) => askNode(origin, connect(origin))));
}

async function askNode(origin: string, transport: Transport): Promise<NodeAnswer> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  let clock: Seconds | undefined;
  const noted: Transport = {
    name: origin,
    async send(request) {
      const answer = await transport.send(request, { signal });
      const told = Date.parse(answer.headers.date ?? '');
      if (Number.isFinite(told)) clock = Math.floor(told / 1000);
      return answer;
    },
  };
  const nothing = { query: {}, body: null };
  try {
    const status = await callEndpoint(getStatus, { params: {}, ...nothing }, noted);
    const newest = await callEndpoint(getLightBlock, { params: { height: 0 }, ...nothing }, noted);
    return { origin, status, newest, clock };
  } catch {
    return { origin, status: undefined, newest: undefined, clock };
  }
}
