import type { Height, StateProof } from '@ward/protocol';
import { refuse } from '../schema/errors.ts';
import { EMPTY, HASH_WORDS } from '../state-tree/nodes.ts';
import { sha256, sha256Words } from '../state-tree/sha256.ts';
import type { StateTree, TreeVersion } from '../state-tree/state-tree.ts';
import { treePath } from '../state-tree/tree-path.ts';
import type { TreeState } from './tree-state.ts';

export interface ProvedKey {
  /** Null where the proof is one of absence. */
  readonly value: Uint8Array | null;
  readonly proof: StateProof;
}

/**
 * The version of the state after a height.
 *
 * @throws WardError `HEIGHT_NOT_RETAINED`.
 */
export function versionOf(
  tree: StateTree,
  { height, newest }: { readonly height: Height; readonly newest: Height },
): TreeVersion {
  const version = height > newest ? undefined : tree.versionAt(height);
  if (version !== undefined) return version;
  throw refuse('HEIGHT_NOT_RETAINED', { height, oldest: tree.versions[0]!.height, newest });
}

/** The value of a key in one version, or that there is none, with the proof. */
export function proveKey(
  key: Uint8Array,
  version: TreeVersion,
  { tree, values }: { readonly tree: StateTree; readonly values: TreeState },
): ProvedKey {
  const keyHash = new Int32Array(HASH_WORDS);
  sha256Words(key, keyHash, 0);
  const { depth, bitmap, siblings, end, isOwn } = treePath(tree.nodes, version.root, keyHash);
  const path = { depth, bitmap, siblings };
  if (isOwn) return { value: values.valueOf(end), proof: { ...path, terminal: { kind: 'own' } } };
  if (end === EMPTY) return { value: null, proof: { ...path, terminal: { kind: 'empty' } } };
  const otherHash = new Int32Array(HASH_WORDS);
  tree.nodes.copyKeyHash(end, otherHash, 0);
  const terminal = {
    kind: 'other' as const,
    keyHash: new Uint8Array(otherHash.buffer),
    valueHash: sha256(values.valueOf(end)),
  };
  return { value: null, proof: { ...path, terminal } };
}
