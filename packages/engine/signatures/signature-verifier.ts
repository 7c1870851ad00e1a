import type { Crypto } from '@ward/protocol';

/** A message with an Ed25519 signature that is said to be of a key's holder. */
export interface SignedMessage {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
}

/** Verifies Ed25519 signatures by the transaction rule: see `Ed25519.verify`. */
export interface SignatureVerifier {
  /**
   * @returns Whether each signature fits, in their order. Calls are answered in their order, too.
   */
  verify(signed: readonly SignedMessage[]): Promise<readonly boolean[]>;
  close(): void;
}

/** A {@link SignatureVerifier} that verifies one by one, in this thread. */
export class LocalSignatures implements SignatureVerifier {
  readonly #crypto: Crypto;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  async verify(signed: readonly SignedMessage[]): Promise<readonly boolean[]> {
    const { ed25519 } = this.#crypto;
    return signed.map(({ signature, message, publicKey }) =>
      ed25519.verify(signature, message, publicKey),
    );
  }

  close(): void {}
}
