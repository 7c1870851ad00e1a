import {
  type BlockHeader,
  type Format,
  type Height,
  type Seconds,
  type StateClaim,
  toHex,
} from '@ward/protocol';

/** Values and absences that were proved under one header. */
export class ProvedState {
  /** Height whose state this is. */
  readonly height: Height;
  /** Time of the header that commits to it. */
  readonly time: Seconds;
  readonly header: BlockHeader;
  readonly claims: readonly StateClaim[];
  readonly #values: ReadonlyMap<string, Uint8Array | null>;

  constructor(header: BlockHeader, claims: readonly StateClaim[]) {
    this.header = header;
    this.height = header.height - 1;
    this.time = header.time.seconds;
    this.claims = claims;
    this.#values = new Map(claims.map(({ key, value }) => [toHex(key), value]));
  }

  /** The value of a key that was asked for; null where its absence was proved. */
  bytes(key: Uint8Array): Uint8Array | null {
    const value = this.#values.get(toHex(key));
    if (value === undefined) throw new Error('a key that was not asked for');
    return value;
  }

  record<V>(format: Format<V>, key: Uint8Array): V | null {
    const value = this.bytes(key);
    return value === null ? null : format.decode(value);
  }
}
