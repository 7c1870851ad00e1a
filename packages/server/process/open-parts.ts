/** Something that is open and must be closed. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * What a server has opened so far. It is closed in the opposite order: nothing new comes in before
 * what is behind it goes; and a start that fails half way leaves nothing open.
 */
export class OpenParts implements Closable {
  readonly #parts: Closable[] = [];

  add<T extends Closable>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  /** Closes all, also when one of them fails; the first failure is thrown. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const part of this.#parts.splice(0).reverse()) {
      await part.close().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
