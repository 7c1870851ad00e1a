import type { Format } from '@ward/protocol';

/** Where an event log stands: append-only records, durable when the promise resolves. */
export interface EventStore {
  /** All records, oldest first. @throws WardError `STORE_CORRUPT`. */
  load(): Promise<Uint8Array[]>;
  append(records: readonly Uint8Array[]): Promise<void>;
  /** Replaces everything in one step: what is left out is gone. */
  rewrite(records: readonly Uint8Array[]): Promise<void>;
}

/** A store that lives as long as the process. */
export function memoryEventStore(): EventStore {
  let kept: Uint8Array[] = [];
  return {
    load: async () => [...kept],
    append: async (records) => {
      kept.push(...records);
    },
    rewrite: async (records) => {
      kept = [...records];
    },
  };
}

/**
 * The state of a wallet or key service: events of one format, folded into a state. A change is an
 * event that is durable before anything acts on it.
 */
export class EventLog<E, S> {
  readonly #store: EventStore;
  readonly #format: Format<E>;
  readonly #fold: (state: S, event: E) => void;
  readonly #makeState: () => S;
  #state: S;
  #events: E[] = [];
  #last: Promise<unknown> = Promise.resolve();

  private constructor(options: EventLogOptions<E, S>) {
    this.#store = options.store;
    this.#format = options.format;
    this.#fold = options.fold;
    this.#makeState = options.makeState;
    this.#state = options.makeState();
  }

  static async open<E, S>(options: EventLogOptions<E, S>): Promise<EventLog<E, S>> {
    const log = new EventLog(options);
    for (const record of await options.store.load()) log.#take(options.format.decode(record));
    return log;
  }

  get state(): S {
    return this.#state;
  }

  get events(): readonly E[] {
    return this.#events;
  }

  #take(event: E): void {
    this.#events.push(event);
    this.#fold(this.#state, event);
  }

  /** Makes events durable, then lets them count. */
  append(...events: readonly E[]): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    return this.#inOrder(async () => {
      await this.#store.append(events.map((event) => this.#format.encode(event)));
      for (const event of events) this.#take(event);
    });
  }

  /** Keeps only some events for ever: how secrets are deleted. */
  keep(isKept: (event: E) => boolean): Promise<void> {
    return this.#inOrder(async () => {
      const kept = this.#events.filter(isKept);
      await this.#store.rewrite(kept.map((event) => this.#format.encode(event)));
      this.#events = [];
      this.#state = this.#makeState();
      for (const event of kept) this.#take(event);
    });
  }

  /** One change at a time: an event that is on its way when others are dropped must stay. */
  #inOrder(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

export interface EventLogOptions<E, S> {
  readonly store: EventStore;
  readonly format: Format<E>;
  readonly makeState: () => S;
  /** Changes the state by one event. */
  readonly fold: (state: S, event: E) => void;
}
