/** Work by name: what has the same name is done one after the other, in the order it came. */
export class WorkQueues {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs work when all before it of this name is over, however it ended. */
  run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name) ?? Promise.resolve();
    const done = before.then(work, work);
    const settled: Promise<unknown> = done.then(
      () => this.#forget(name, settled),
      () => this.#forget(name, settled),
    );
    this.#last.set(name, settled);
    return done;
  }

  #forget(name: string, settled: Promise<unknown>): void {
    if (this.#last.get(name) === settled) this.#last.delete(name);
  }
}
