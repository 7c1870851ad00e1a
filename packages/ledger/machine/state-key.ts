import { decodeUtf8 } from '@ward/protocol';

/** Whose a raw state key is: contract and collection stand in front, each behind its length. */
export interface StateKeyOwner {
  readonly contract: string;
  readonly collection: string;
}

/** Reads the owner of a key that a collection made. */
export function ownerOf(key: Uint8Array): StateKeyOwner {
  const contractEnd = 1 + key[0]!;
  const collectionEnd = contractEnd + 1 + key[contractEnd]!;
  return {
    contract: decodeUtf8(key, 1, contractEnd),
    collection: decodeUtf8(key, contractEnd + 1, collectionEnd),
  };
}
