import { type Transport, toHex } from '@ward/protocol';

/** One use of servers' answers, repeated for every lie. */
export interface Scenario {
  readonly name: string;
  /** Doors whose answers are falsified while it runs. */
  readonly lies: readonly string[];
  /** How often each door's answer is falsified, at calls spread over the scenario. */
  readonly callsMax?: number;
  /** Tells one lie in so many of those about each answer, where another scenario tells them all. */
  readonly oneIn?: number;
  /** Servers that may lie; all of them unless told. */
  readonly isLying?: (origin: string) => boolean;
  /** With an honest server beside the lying one, a read does not fail at all. */
  readonly isUnstoppable?: boolean;
  /** A new client, with all that it needs before the first lie. */
  begin(connect: (origin: string) => Transport): Promise<Attempt>;
}

export interface Attempt {
  /** Does it, and gives what the client believes then. */
  act(): Promise<unknown>;
  /** What honest servers say, asked after {@link act}. */
  truth(): Promise<unknown>;
  /** False for what is over once it is done: it is not tried again afterwards. */
  readonly isRepeatable?: boolean;
  /** The claim differs from the truth and says so itself: a unit withheld, an entry unexplained. */
  isShown?(claim: unknown, truth: unknown): boolean;
}

/** A truth that does not change while its scenario runs is asked for once. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}

/** A value that can be compared: bytes as hexadecimal, maps as lists, no functions. */
export function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Map) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined && typeof each !== 'function')
      .map(([name, each]) => [name, plain(each)]),
  );
}
