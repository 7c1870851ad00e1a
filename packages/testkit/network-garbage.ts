import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { collectBody, type Transport } from '@ward/protocol';
import type { NetworkStage } from './network-stage.ts';

const BYTES_MAX = 4096;
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** How long a door may keep a connection that says nothing it knows. */
const LINGER_MS = 200;

/**
 * Connects to every door that a node opens to others, of its peers, its frames and its requests,
 * and says random bytes, as often as told.
 *
 * @returns How many connections there were.
 */
export async function throwGarbage(stage: NetworkStage, times: number): Promise<number> {
  const { random } = stage.script;
  let connections = 0;
  for (let time = 0; time < times; time++) {
    for (const node of stage.nodes) {
      const { path, origin } = node.ready!;
      const { hostname, port } = new URL(origin);
      const [host, peerPort] = stage.peerAddress(node).split(':') as [string, string];
      const doors: NetConnectOpts[] = [
        { host, port: Number(peerPort) },
        { host: hostname, port: Number(port) },
        { path },
      ];
      for (const door of doors) {
        await say(random.bytes(1 + random.below(BYTES_MAX)), door);
        connections++;
      }
    }
  }
  return connections;
}

async function say(bytes: Uint8Array, door: NetConnectOpts): Promise<void> {
  const socket: Socket = connect(door);
  socket.on('error', () => socket.destroy());
  socket.resume();
  const closed = once(socket, 'close').catch(() => undefined);
  socket.write(bytes);
  await Promise.race([closed, wait(LINGER_MS)]);
  socket.destroy();
}

/** A node whose every answer has one bit that is not as it was. */
export function lyingTransport(honest: Transport, stage: NetworkStage): Transport {
  const { random } = stage.script;
  return {
    name: `liar before ${honest.name}`,
    async send(request, options) {
      const answer = await honest.send(request, options);
      const bytes = (await collectBody(answer.body, ANSWER_BYTES_MAX))!.slice();
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
      return { ...answer, body: one(bytes) };
    },
  };
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
