import { readFile } from 'node:fs/promises';
import {
  blockHeaderFields,
  type Crypto,
  defineFormat,
  field,
  headerHash,
  type TrustedBlock,
  validatorsField,
  WardError,
} from '@ward/protocol';
import { replaceFile } from '../storage/replace-file.ts';

const StoredTrust = defineFormat('stored-trust', 1, {
  header: field.struct(blockHeaderFields),
  nextValidators: validatorsField,
});

/** Keeps the newest block that was believed, so that after a restart no older ledger is shown. */
export class TrustedBlockFile {
  readonly #path: string;
  readonly #crypto: Crypto;

  constructor(path: string, crypto: Crypto) {
    this.#path = path;
    this.#crypto = crypto;
  }

  /** The block; undefined where there is none yet, or the file is no such file. */
  async load(): Promise<TrustedBlock | undefined> {
    try {
      const { header, nextValidators } = StoredTrust.decode(
        new Uint8Array(await readFile(this.#path)),
      );
      return { header, nextValidators, hash: headerHash(header, this.#crypto) };
    } catch (error) {
      const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      if (isMissing || error instanceof WardError) return undefined;
      throw error;
    }
  }

  async save({ header, nextValidators }: TrustedBlock): Promise<void> {
    await replaceFile(this.#path, StoredTrust.encode({ header, nextValidators }));
  }
}
