import { collectBody, type Format, type Transport } from '@ward/protocol';
import type { ClientNetwork } from '../client-network.ts';
import { endpointOf, pieces } from './liar.ts';

const BYTES_MAX = 64 * 1024 * 1024;

/** What a lying server answers at one door, made of its honest answer. */
export type Alter = (honest: Uint8Array) => Uint8Array;

/** From now on a server answers something else at one door, for everybody who asks. */
export function alterAnswers(
  network: ClientNetwork,
  { origin, door }: { origin: string; door: string },
  alter: Alter,
): void {
  const honest = network.honest(origin);
  const send: Transport['send'] = async (request, options) => {
    const answer = await honest.send(request, options);
    if (endpointOf(request)?.name !== door || answer.status >= 300) return answer;
    const body = (await collectBody(answer.body, BYTES_MAX))!;
    return { ...answer, body: pieces(alter(body)) };
  };
  network.overrides.set(origin, { name: origin, send });
}

/** From now on a server does as if it had done what is asked at one door. */
export function pretendAt(
  network: ClientNetwork,
  { origin, door, says = new Uint8Array(0) }: { origin: string; door: string; says?: Uint8Array },
): void {
  const honest = network.honest(origin);
  const send: Transport['send'] = async (request, options) => {
    if (endpointOf(request)?.name !== door) return honest.send(request, options);
    return { status: 200, headers: {}, body: pieces(says) };
  };
  network.overrides.set(origin, { name: origin, send });
}

/** An {@link Alter} by the value of a format. */
export function altering<T>(format: Format<T>, change: (value: T) => T): Alter {
  return (bytes) => format.encode(change(format.decode(bytes)));
}
