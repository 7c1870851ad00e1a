import { type AccountId, toHex } from '@ward/protocol';
import type { VaultTask } from '@ward/sdk';
import type { Names } from '../frame/names.ts';
import type { Screen } from '../frame/screen.ts';
import { counted } from './times.ts';

/** What one vault has not done yet. */
export interface VaultRow {
  readonly vault: AccountId;
  /** Objects and units that it has not taken; the newest header is one of them. */
  readonly toTake: number;
  readonly toDelete: number;
}

/** The vaults of a chart with what each of them missed. */
export function vaultRows(vaults: readonly AccountId[], tasks: readonly VaultTask[]): VaultRow[] {
  return vaults.map((vault) => {
    const own = tasks.filter((each) => toHex(each.vault) === toHex(vault));
    const toDelete = own.filter(({ task }) => task.kind === 'deletion').length;
    return { vault, toTake: own.length - toDelete, toDelete };
  });
}

/** Vaults as programs read them. */
export function vaultJson({ vault, toTake, toDelete }: VaultRow) {
  return { vault: toHex(vault), toTake, toDelete };
}

export function showVaults(rows: readonly VaultRow[], names: Names, screen: Screen): void {
  screen.table(
    [{ title: 'vault', mayShrink: true }, { title: 'has to take' }, { title: 'has to delete' }],
    rows.map(({ vault, toTake, toDelete }) => [
      names.of(vault),
      toTake === 0 ? 'nothing' : screen.cell('warning', counted(toTake, 'object')),
      toDelete === 0 ? 'nothing' : screen.cell('warning', counted(toDelete, 'object')),
    ]),
    '',
  );
}

/** Says which vaults were away when something was stored or deleted; nothing where none was. */
export function showAway(vaults: readonly AccountId[], names: Names, screen: Screen): void {
  if (vaults.length === 0) return;
  const who = vaults.map((id) => names.of(id)).join(', ');
  screen.line(`Not yet there, or deleted there: ${who}. It follows when they answer.`, 'warning');
}

/** The vaults that some tasks are for, each once. */
export function vaultsOf(tasks: readonly VaultTask[]): AccountId[] {
  return [...new Map(tasks.map(({ vault }) => [toHex(vault), vault])).values()];
}
