import { CborReader, encodeUtf8, type Format } from '@ward/protocol';
import { ContractVersion, ledgerState } from '../machine/ledger-state.ts';
import { ownerOf } from '../machine/state-key.ts';
import type { TreeState } from '../machine/tree-state.ts';
import type { WorkingState } from '../machine/working-state.ts';
import { LEDGER_LIMITS } from '../schema/limits.ts';
import { LeafWalk } from '../state-tree/leaf-walk.ts';
import { EMPTY, HASH_WORDS } from '../state-tree/nodes.ts';
import type { StateTree } from '../state-tree/state-tree.ts';
import type { BoundContract } from './bind-contract.ts';
import type { MigratedRecord, Migration } from './define-contract.ts';
import type { DecodeRecord } from './state-records.ts';

const LIST = 4;

/** Version with which the bytes of a format begin. */
function formatVersion(bytes: Uint8Array): number | undefined {
  const reader = new CborReader(bytes);
  return reader.count(LIST) < 1 ? undefined : reader.integer();
}

/** Reads records of today, and those that a migration has not come to yet. */
export function migratingDecoder<V>(
  format: Format<V>,
  migrated: MigratedRecord | undefined,
): DecodeRecord<V> {
  if (migrated === undefined) return (bytes) => format.decode(bytes);
  const { format: old, convert } = migrated;
  return (bytes) =>
    formatVersion(bytes) === old.version ? (convert(old.decode(bytes)) as V) : format.decode(bytes);
}

export interface MigrationOptions {
  readonly contracts: readonly BoundContract[];
  readonly state: WorkingState;
  readonly tree: StateTree;
  readonly values: TreeState;
}

/**
 * Brings the records of contracts to the version of this software: some keys at the beginning of
 * every block that carries transactions, until all are done. Until then records of both versions
 * are read.
 */
export class Migrator {
  readonly #options: MigrationOptions;

  constructor(options: MigrationOptions) {
    this.#options = options;
  }

  /** Notes the versions with which a ledger begins. */
  begin(): void {
    for (const { contract } of this.#options.contracts) {
      this.#putVersion(contract.name, { version: contract.version, migratedTo: null });
    }
  }

  /** Does one page for each contract that is behind. */
  step(): void {
    for (const bound of this.#options.contracts) {
      const { name, version, migrate } = bound.contract;
      const stored = this.#version(name);
      if (stored?.version === version) continue;
      if (stored === null) this.#putVersion(name, { version, migratedTo: null });
      else if (migrate?.from === stored.version) this.#page(bound, migrate, stored);
      else throw new Error(`${name} has records of a version that this software cannot migrate`);
    }
  }

  #version(name: string): ContractVersion | null {
    const bytes = this.#options.state.get(ledgerState.contracts.key(encodeUtf8(name)));
    return bytes === null ? null : ContractVersion.decode(bytes);
  }

  #putVersion(name: string, version: ContractVersion): void {
    const key = ledgerState.contracts.key(encodeUtf8(name));
    this.#options.state.put(key, ContractVersion.encode(version));
  }

  #page({ contract, records }: BoundContract, migrate: Migration, stored: ContractVersion): void {
    const { tree, values, state } = this.#options;
    const after = stored.migratedTo && new Int32Array(stored.migratedTo.slice().buffer);
    const walk = new LeafWalk(tree.nodes, tree.root, after);
    const last = new Int32Array(HASH_WORDS);
    let leaf = walk.next();
    for (let i = 0; i < LEDGER_LIMITS.migratedPerBlockMax && leaf !== EMPTY; i++) {
      const { key, value } = values.entryOf(leaf);
      const owner = ownerOf(key);
      const migrated = owner.contract === contract.name && migrate.records[owner.collection];
      if (migrated && formatVersion(value) === migrated.format.version) {
        const today = records[owner.collection]!.collection.value;
        state.put(key, today.encode(migrated.convert(migrated.format.decode(value))));
      }
      tree.nodes.copyKeyHash(leaf, last, 0);
      leaf = walk.next();
    }
    if (leaf === EMPTY)
      this.#putVersion(contract.name, { version: contract.version, migratedTo: null });
    else this.#putVersion(contract.name, { ...stored, migratedTo: new Uint8Array(last.buffer) });
  }
}
