import {
  collectBody,
  type Endpoint,
  type EventStream,
  encodeUtf8,
  endpointCatalogue,
  isEventStream,
  type Transport,
  toHex,
  type WireAnswer,
  type WireRequest,
} from '@ward/protocol';

/** An answer of an honest server. */
export interface Heard {
  readonly endpoint: Endpoint;
  /** What was asked: equal for equal questions, whatever their signatures are. */
  readonly question: string;
  readonly status: number;
  /** Empty for a stream. */
  readonly body: Uint8Array;
  /** Events of a stream, as they came. */
  readonly events: unknown[];
}

/** What is told instead of one answer. */
export interface Lie {
  readonly endpoint: string;
  /** Number of the call of this door, from 0, since the lie was set. */
  readonly call: number;
  /** Does not even ask the server. */
  readonly isUnasked?: boolean;
  /** What is told; undefined where this answer leaves nothing to say so falsely. */
  tell(honest: Heard): WireAnswer | undefined;
  /** In the place of one event of a stream, any number; undefined for an event as it is. */
  tellEvent?(event: unknown, index: number): readonly unknown[] | undefined;
}

const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** Genuine answers of each door that are kept, to be told again in the wrong place. */
const KEPT_MAX = 400;

/** Stands between one client and all its servers, and may put one lie into one answer. */
export class Liar {
  readonly #connect: (origin: string) => Transport;
  readonly #isLying: (origin: string) => boolean;
  #lie: Lie | undefined;
  #calls = new Map<string, number>();
  /** Every answer since {@link listen} was called, by the name of its door. */
  heard = new Map<string, Heard[]>();
  /** Genuine answers of all times, by the name of their door. */
  readonly kept = new Map<string, Heard[]>();
  /** Whether the lie was told. */
  hasLied = false;

  /** @param isLying Which servers may be made to lie; all, unless told. */
  constructor(connect: (origin: string) => Transport, isLying = (_origin: string) => true) {
    this.#connect = connect;
    this.#isLying = isLying;
  }

  /** Hears anew, and tells the truth. */
  listen(): void {
    this.heard = new Map();
    this.#begin(undefined);
  }

  /** From now on, one answer is a lie. */
  lie(lie: Lie): void {
    this.#begin(lie);
  }

  /** The truth again. */
  repent(): void {
    this.#begin(undefined);
  }

  #begin(lie: Lie | undefined): void {
    this.#lie = lie;
    this.#calls = new Map();
    this.hasLied = false;
  }

  /** The way to a server, past the liar. */
  readonly connect = (origin: string): Transport => {
    const honest = this.#connect(origin);
    return {
      name: honest.name,
      send: async (request, options) => {
        const endpoint = endpointOf(request);
        if (endpoint === undefined || !this.#isLying(origin)) return honest.send(request, options);
        const lie = this.#lieFor(endpoint.name);
        if (lie?.isUnasked === true) {
          const silence = { endpoint, question: '', status: 204, body: NOTHING, events: [] };
          return this.#tell(lie, silence) as WireAnswer;
        }
        const question = await questionOf(request);
        const answer = await honest.send(request, options);
        if (isEventStream(endpoint.answer))
          return this.#stream({ endpoint, question }, answer, lie);
        const body = (await collectBody(answer.body, ANSWER_BYTES_MAX))!;
        const heard = { endpoint, question, status: answer.status, body, events: [] };
        this.#keep(heard);
        const told = lie === undefined ? undefined : this.#tell(lie, heard);
        return told ?? { ...answer, body: pieces(body) };
      },
    };
  };

  #lieFor(name: string): Lie | undefined {
    const call = this.#calls.get(name) ?? 0;
    this.#calls.set(name, call + 1);
    const lie = this.#lie;
    return lie?.endpoint === name && lie.call === call ? lie : undefined;
  }

  #tell(lie: Lie, honest: Heard): WireAnswer | undefined {
    const told = lie.tell(honest);
    if (told !== undefined) this.hasLied = true;
    return told;
  }

  #keep(heard: Heard): void {
    const { name } = heard.endpoint;
    const now = this.heard.get(name) ?? [];
    this.heard.set(name, [...now, heard]);
    if (heard.status >= 300) return;
    const kept = this.kept.get(name) ?? [];
    const isKnown = kept.some((each) => each.body.length > 0 && isSameAnswer(each, heard));
    if (!isKnown && kept.length < KEPT_MAX) this.kept.set(name, [...kept, heard]);
  }

  #stream(
    asked: Pick<Heard, 'endpoint' | 'question'>,
    answer: WireAnswer,
    lie: Lie | undefined,
  ): WireAnswer {
    const heard = { ...asked, status: answer.status, body: NOTHING, events: [] as unknown[] };
    this.#keep(heard);
    const told = lie === undefined ? undefined : this.#tell(lie, heard);
    if (told !== undefined) return told;
    return { ...answer, body: this.#events(heard, answer.body, lie) };
  }

  async *#events(
    { endpoint, events }: Heard,
    body: AsyncIterable<Uint8Array>,
    lie: Lie | undefined,
  ): AsyncGenerator<Uint8Array> {
    const { event: format } = endpoint.answer as EventStream<unknown>;
    let rest = '';
    for await (const chunk of body) {
      const lines = (rest + Buffer.from(chunk).toString()).split('\n');
      rest = lines.pop()!;
      for (const line of lines.filter((each) => each.startsWith(DATA))) {
        const event = format.fromJson(JSON.parse(line.slice(DATA.length)));
        events.push(event);
        const told = lie?.tellEvent?.(event, events.length - 1);
        if (told !== undefined) this.hasLied = true;
        for (const each of told ?? [event]) yield encodeEvent(format.toJson(each));
      }
    }
  }
}

const DATA = 'data: ';
const NOTHING = new Uint8Array(0);

function encodeEvent(json: unknown): Uint8Array {
  return encodeUtf8(`${DATA}${JSON.stringify(json)}\n\n`);
}

export async function* pieces(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

function isSameAnswer(a: Heard, b: Heard): boolean {
  return a.question === b.question && Buffer.compare(a.body, b.body) === 0;
}

/** The same for the same question: a large body that streams in is not looked at. */
async function questionOf({ method, target, body }: WireRequest): Promise<string> {
  const shown = body instanceof Uint8Array ? toHex(body) : body === null ? '' : 'a stream';
  return `${method} ${target} ${shown}`;
}

/** The door that a request is for. */
export function endpointOf({ method, target }: WireRequest): Endpoint | undefined {
  const parts = target.split('?')[0]!.split('/');
  const fitting = [...endpointCatalogue().values()].filter((endpoint) => {
    const wanted = endpoint.path.split('/');
    return (
      endpoint.method === method &&
      wanted.length === parts.length &&
      wanted.every((part, i) => part.startsWith(':') || part === parts[i])
    );
  });
  // `/v1/blocks/stream` before `/v1/blocks/:height`.
  fitting.sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length);
  return fitting[0];
}
