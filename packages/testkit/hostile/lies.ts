import {
  type Endpoint,
  type EventStream,
  encodeProblem,
  encodeUtf8,
  errorCatalogue,
  type Format,
  isEventStream,
  isRaw,
  PROBLEM_TYPE,
  WardError,
  type WireAnswer,
} from '@ward/protocol';
import { type Falsehood, falsehoods, type Schema } from './falsehoods.ts';
import { type Heard, type Lie, pieces } from './liar.ts';
import { encodeLoosely } from './loose-encoding.ts';

/** A lie with what it falsifies, for the report. */
export interface NamedLie extends Lie {
  /** Field of the schema; empty for a lie about the answer as a whole. */
  readonly field: string;
  /** Tells it from all others about the same answer. */
  readonly name: string;
}

/** The place of the answer to falsify: which door, and which of its calls. */
export interface LiedCall {
  readonly honest: Heard;
  readonly call: number;
  /** Other genuine answers of the door. */
  readonly others: readonly Heard[];
}

/** Everything false that can be said instead of one answer. */
export function* liesAbout(lied: LiedCall): Generator<NamedLie> {
  const { answer } = lied.honest.endpoint;
  if (isEventStream(answer)) yield* streamLies(lied, answer);
  else if (answer !== null && !isRaw(answer)) yield* fieldLies(lied, answer as Format<unknown>);
  yield* bodyLies(lied);
  yield* refusals(lied);
  yield* brokenAnswers(lied);
  if (answer === null) {
    yield { ...base(lied, 'done in words only'), isUnasked: true, tell: () => good(NOTHING, 204) };
  }
}

const NOTHING = new Uint8Array(0);

function base({ honest, call }: LiedCall, name: string) {
  return { endpoint: honest.endpoint.name, call, field: '', name };
}

function good(body: Uint8Array, status = 200): WireAnswer {
  return { status, headers: { 'content-type': 'application/cbor' }, body: pieces(body) };
}

function* fieldLies(lied: LiedCall, format: Format<unknown>): Generator<NamedLie> {
  const { honest } = lied;
  if (honest.status >= 300) return;
  const others = lied.others.map(({ body }) => format.decode(body));
  const schema = format.schema as Schema;
  const all = (body: Uint8Array) => falsehoods(schema, format.decode(body), others);
  for (const { field, at, how, make } of all(honest.body)) {
    const name = `${at} ${how}`;
    yield {
      ...base(lied, name),
      field,
      tell(told) {
        if (told.status >= 300) return undefined;
        const isSame = Buffer.compare(told.body, honest.body) === 0;
        const value = isSame ? make() : find(all(told.body), name)?.make();
        return value === undefined ? undefined : good(encodeLoosely(format, value));
      },
    };
  }
  const version = honest.body.slice();
  // The version stands behind the head of the list that a format is.
  version[1]! ^= 1;
  yield { ...base(lied, 'another version'), tell: () => good(version) };
}

function find(all: Iterable<Falsehood>, name: string): Falsehood | undefined {
  for (const each of all) if (`${each.at} ${each.how}` === name) return each;
  return undefined;
}

/** Falsehoods of the first event of a stream, and what can be done with events as such. */
function* streamLies(lied: LiedCall, { event: format }: EventStream<unknown>): Generator<NamedLie> {
  const [first] = lied.honest.events;
  if (first === undefined) return;
  const others = lied.others.flatMap(({ events }) => events).slice(0, 8);
  const schema = format.schema as Schema;
  const honestly = () => undefined;
  for (const { field, at, how } of falsehoods(schema, first, others)) {
    const name = `${at} ${how}`;
    const tellEvent = (event: unknown, index: number) => {
      const found = index === 0 ? find(falsehoods(schema, event, others), name) : undefined;
      return found === undefined ? undefined : [found.make()];
    };
    yield { ...base(lied, name), field, tell: honestly, tellEvent };
  }
  const kept: unknown[] = [];
  const rows: [string, (event: unknown, index: number) => readonly unknown[] | undefined][] = [
    ['the first event dropped', (_, index) => (index === 0 ? [] : undefined)],
    ['every event dropped', () => []],
    ['every event doubled', (event) => [event, event]],
    ['an event of another stream first', (event, i) => (i === 0 ? [others[0], event] : undefined)],
    [
      'events in another order',
      (event, index) => {
        if (index % 2 === 1) return [event, kept.pop()];
        kept.push(event);
        return [];
      },
    ],
  ];
  for (const [name, tellEvent] of rows) yield { ...base(lied, name), tell: honestly, tellEvent };
}

function* bodyLies(lied: LiedCall): Generator<NamedLie> {
  const { endpoint } = lied.honest;
  if (isEventStream(endpoint.answer)) return;
  const others = distinctBodies(lied);
  const rows: [string, (body: Uint8Array) => Uint8Array][] = [
    ['cut in half', (body) => body.subarray(0, body.length >> 1)],
    ['a byte cut off', (body) => body.subarray(0, -1)],
    ['nothing', () => NOTHING],
    ['a byte behind it', (body) => joined(body, Uint8Array.of(0))],
    ['twice', (body) => joined(body, body)],
    ['zeros', (body) => new Uint8Array(body.length)],
    ...[0, 1, 2, 3, 4, 5, 6].map(
      (sixth) =>
        [`a bit flipped at ${sixth}/6`, (body: Uint8Array) => flipped(body, sixth / 6)] as [
          string,
          (body: Uint8Array) => Uint8Array,
        ],
    ),
    ...others.map(
      ({ body }, i) =>
        [`another answer as a whole (${i})`, () => body] as [string, () => Uint8Array],
    ),
  ];
  for (const [name, alter] of rows) {
    yield {
      ...base(lied, name),
      tell({ status, body }) {
        const told = alter(body);
        const isSame = Buffer.compare(told, body) === 0;
        return status >= 300 || isSame ? undefined : good(told, status);
      },
    };
  }
}

const OTHER_BODIES_MAX = 6;

function distinctBodies({ honest, others }: LiedCall): readonly Heard[] {
  const distinct = new Map(others.map((each) => [Buffer.from(each.body).toString('latin1'), each]));
  distinct.delete(Buffer.from(honest.body).toString('latin1'));
  return [...distinct.values()].slice(0, OTHER_BODIES_MAX);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([a, b]));
}

function flipped(body: Uint8Array, part: number): Uint8Array {
  const copy = body.slice();
  const index = Math.min(copy.length - 1, Math.floor(copy.length * part));
  if (index >= 0) copy[index]! ^= 0x10;
  return copy;
}

/** Codes on which a client acts, and some on which it does not. */
const REFUSALS = [
  ...['SLOT_TAKEN', 'TRANSACTION_REPLAYED', 'SERVER_UNREACHABLE', 'SERVER_BUSY', 'LEDGER_STALE'],
  ...['HEADER_BEHIND', 'HEADER_UNTRUSTED', 'HEIGHT_NOT_RETAINED', 'OBJECT_UNKNOWN'],
  ...['CHART_UNSTORED', 'GRANT_REVOKED', 'UNIT_ERASED', 'PROOF_INVALID', 'STATE_UNPROVED'],
];

/** What a server says that refuses with a code. */
export function refusal(code: string): WireAnswer {
  const kind = errorCatalogue().get(code);
  if (kind === undefined) throw new Error(`no code ${code}`);
  return problem(encodeProblem(new WardError(code, kind, {})), kind.status);
}

function* refusals(lied: LiedCall): Generator<NamedLie> {
  for (const code of REFUSALS) {
    const tell = () => refusal(code);
    yield { ...base(lied, `refused: ${code}`), tell };
    yield { ...base(lied, `refused without being asked: ${code}`), isUnasked: true, tell };
  }
  const unknown = encodeUtf8('{"code":"NO_SUCH_CODE","status":400,"data":{"name":"Jane"}}');
  yield { ...base(lied, 'refused: an unknown code'), tell: () => problem(unknown, 400) };
}

function problem(body: Uint8Array, status: number): WireAnswer {
  return { status, headers: { 'content-type': PROBLEM_TYPE }, body: pieces(body) };
}

const ENDLESS_BYTES = 192 * 1024 * 1024;

function* brokenAnswers(lied: LiedCall): Generator<NamedLie> {
  const page = encodeUtf8('<html><title>502 Bad Gateway</title></html>');
  const rows: [string, (honest: Heard) => WireAnswer][] = [
    ['a page of a proxy', () => problem(page, 502)],
    ['a page of a portal', () => good(page)],
    ['sent elsewhere', () => good(NOTHING, 302)],
    ['no content', () => good(NOTHING, 204)],
    ['broken off', ({ body }) => ({ ...good(NOTHING), body: breaking(body) })],
    ['an answer without end', () => ({ ...good(NOTHING), body: endless() })],
    ['a refusal without end', () => ({ ...problem(NOTHING, 400), body: endless() })],
  ];
  for (const [name, tell] of rows) {
    const isDull = name === 'no content' && lied.honest.endpoint.answer === null;
    if (!isDull) yield { ...base(lied, name), tell };
  }
  const hangUp = () => {
    throw new Error('connection reset');
  };
  yield { ...base(lied, 'hung up'), tell: hangUp };
  yield { ...base(lied, 'nobody there'), isUnasked: true, tell: hangUp };
}

async function* breaking(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body.subarray(0, body.length >> 1);
  throw new Error('connection reset');
}

async function* endless(): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(1024 * 1024).fill(0x20);
  for (let sent = 0; sent < ENDLESS_BYTES; sent += chunk.length) yield chunk;
  throw new Error('connection reset');
}

/** Doors whose answers are streams or formats have fields; others are falsified as bytes. */
export function answerSchema({ answer }: Endpoint): Schema | undefined {
  if (answer === null || isRaw(answer)) return undefined;
  const format = isEventStream(answer) ? answer.event : (answer as Format<unknown>);
  return format.schema as Schema;
}
