import { collectBody, type Transport, type WireAnswer } from '@ward/protocol';
import type { ClientNetwork } from './client-network.ts';
import { endpointOf } from './hostile/liar.ts';

/** One request, or one answer, as it crossed the wire. */
export interface Crossing {
  readonly server: string;
  readonly door: string;
  readonly way: 'asked' | 'answered';
  readonly bytes: Uint8Array;
}

const BYTES_MAX = 64 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/** Everything that any server of a network is asked and answers, in order. */
export class Traffic {
  readonly crossings: Crossing[] = [];

  /** Listens at all servers, those of one organisation asking another's included. */
  constructor(network: ClientNetwork, origins: readonly string[]) {
    for (const origin of origins) {
      const honest = network.transport(origin);
      const server = network.honest(origin);
      network.overrides.set(origin, this.#listen(honest.name, server));
    }
  }

  #listen(server: string, { send }: Transport): Transport {
    return {
      name: server,
      send: async (request, options) => {
        const door = endpointOf(request)?.name ?? 'none';
        const bytes = request.body instanceof Uint8Array ? request.body : NOTHING;
        this.crossings.push({ server, door, way: 'asked', bytes });
        const answer = await send(request, options);
        return door.startsWith('stream') ? answer : this.#hear(answer, { server, door });
      },
    };
  }

  async #hear(answer: WireAnswer, from: { server: string; door: string }): Promise<WireAnswer> {
    const bytes = (await collectBody(answer.body, BYTES_MAX))!;
    this.crossings.push({ ...from, way: 'answered', bytes });
    return { ...answer, body: one(bytes) };
  }

  /** Places of all crossings of a door. */
  placesOf(door: string, way: Crossing['way']): number[] {
    return this.crossings.flatMap((each, i) => (each.door === door && each.way === way ? [i] : []));
  }

  /** Whether these bytes crossed the wire anywhere, as they are. */
  contains(bytes: Uint8Array, isAt = (_crossing: Crossing) => true): boolean {
    return this.crossings.some(
      (each) => isAt(each) && Buffer.from(each.bytes).includes(Buffer.from(bytes)),
    );
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
