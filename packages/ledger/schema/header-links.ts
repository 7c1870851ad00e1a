import {
  type BlockHeader,
  type Crypto,
  callEndpoint,
  type Digest,
  equalBytes,
  type Height,
  headerHash,
  refuseProtocol,
  type Transport,
  type TrustedBlock,
} from '@ward/protocol';
import { getBlockHeaders, HEADERS_MAX } from './api.ts';

/** Headers over which a block is led to by nothing but their hashes. */
export const LINKS_MAX = 100_000;
/** Hashes that are kept on the way, so that the next block near it is found at once. */
const KNOWN_MAX = 2 * (LINKS_MAX / HEADERS_MAX);

/**
 * Blocks of a chain below one that is believed: each header names the hash of the one before it.
 * That holds however long ago they were signed, and whatever became of the keys.
 */
export class HeaderLinks {
  readonly #crypto: Crypto;
  readonly #top: Height;
  /** Hashes that are proved. */
  readonly #known: Map<Height, Digest>;

  constructor({ header, hash }: Pick<TrustedBlock, 'header' | 'hash'>, crypto: Crypto) {
    this.#crypto = crypto;
    this.#top = header.height;
    this.#known = new Map([[header.height, hash]]);
  }

  /**
   * @param header At or below the block that is believed.
   * @param node Which has the headers between; nothing that it gives is believed without its hash.
   * @throws WardError `HEADER_MISMATCH` for another header than the chain had, or where the node
   * does not show the way; `TRUST_EXPIRED` for one too far below.
   */
  async check(header: BlockHeader, node: Transport): Promise<void> {
    const { height } = header;
    if (this.#top - height > LINKS_MAX) throw refuseProtocol('TRUST_EXPIRED', { height });
    let at = this.#nearestAbove(height);
    let hash = this.#known.get(at)!;
    while (at > height) {
      const call = { params: { height: at }, query: {}, body: null };
      const { headers } = await callEndpoint(getBlockHeaders, call, node);
      for (const one of headers) {
        if (at === height) break;
        this.#checkHash(one, { height: at, hash });
        hash = one.lastBlock.hash;
        at--;
      }
      // Pages that are not full would let a node lead on for ever.
      if (at > height && headers.length < HEADERS_MAX) {
        throw refuseProtocol('HEADER_MISMATCH', { height: at });
      }
      if (this.#known.size < KNOWN_MAX) this.#known.set(at, hash);
    }
    this.#checkHash(header, { height, hash });
  }

  #nearestAbove(height: Height): Height {
    let nearest = this.#top;
    for (const known of this.#known.keys()) {
      if (known >= height && known < nearest) nearest = known;
    }
    return nearest;
  }

  #checkHash(
    header: BlockHeader,
    { height, hash }: { readonly height: Height; readonly hash: Digest },
  ): void {
    const isNamed = header.height === height && equalBytes(headerHash(header, this.#crypto), hash);
    if (!isNamed) throw refuseProtocol('HEADER_MISMATCH', { height });
  }
}
