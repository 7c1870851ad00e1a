import { refuseProtocol } from '@ward/protocol';

/** Memory that bodies may take all together. */
export class ByteBudget {
  readonly #max: number;
  #taken = 0;

  constructor(bytesMax: number) {
    this.#max = bytesMax;
  }

  get takenBytes(): number {
    return this.#taken;
  }

  /** @throws WardError `SERVER_BUSY` when there is not so much left. */
  take(bytes: number): void {
    if (this.#taken + bytes > this.#max) throw refuseProtocol('SERVER_BUSY', { retrySeconds: 1 });
    this.#taken += bytes;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }
}
