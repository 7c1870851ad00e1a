import {
  ACCOUNT_ID_BYTES,
  type AccountId,
  type ChartId,
  DIGEST_BYTES,
  type Digest,
  equalBytes,
  field,
  toHex,
} from '@ward/protocol';

const digest = field.bytes(DIGEST_BYTES);

/** Fields of the two events by which a wallet or key service remembers what a vault missed. */
export const vaultTaskFields = {
  chart: digest,
  vault: field.bytes(ACCOUNT_ID_BYTES),
  task: field.variant({
    /** Some header of the chart: the newest is brought. */
    header: field.struct({}),
    object: field.struct({ name: digest }),
    /** Manifest and bodies of a unit, by its commitment. */
    unit: field.struct({ commitment: digest }),
    /** An object of a unit, or one body of it, that is to be deleted. */
    deletion: field.struct({
      unit: digest,
      name: digest,
      body: field.nullable(field.struct({ index: field.integer(), digest })),
      /** As far as is known the vault did not take the unit. */
      isLacking: field.boolean(),
    }),
  }),
};

/** What one vault still has to take, or to delete: it was away when the others did. */
export interface VaultTask {
  readonly chart: ChartId;
  readonly vault: AccountId;
  readonly task:
    | { readonly kind: 'header' }
    | { readonly kind: 'object'; readonly name: Digest }
    | { readonly kind: 'unit'; readonly commitment: Digest }
    | (ObjectToDelete & {
        readonly kind: 'deletion';
        readonly unit: Digest;
        readonly isLacking: boolean;
      });
}

/** An object that is to be deleted, or one body of it. */
export interface ObjectToDelete {
  readonly name: Digest;
  readonly body: { readonly index: number; readonly digest: Digest } | null;
}

/** What vaults missed. */
export interface Backlog {
  /** By what they are: the same one is there once. */
  readonly tasks: Map<string, VaultTask>;
  /** Units that a vault turned out never to have had, so that it signs no deletion. */
  readonly absent: Set<string>;
}

export function makeBacklog(): Backlog {
  return { tasks: new Map(), absent: new Set() };
}

/** An event about a task, as wallets and key services have it. */
export type BacklogChange = VaultTask & { readonly kind: 'vaultMissed' | 'vaultCaughtUp' };

export function foldBacklog(backlog: Backlog, { kind, chart, vault, task }: BacklogChange): void {
  const name = nameOf({ chart, vault, task });
  if (kind === 'vaultMissed') backlog.tasks.set(name, { chart, vault, task });
  else backlog.tasks.delete(name);
  if (kind === 'vaultCaughtUp' && task.kind === 'deletion' && task.isLacking) {
    backlog.absent.add(unitName(vault, task.unit));
  }
}

function unitName(vault: AccountId, unit: Digest): string {
  return `${toHex(vault)}/${toHex(unit)}`;
}

/** Whether a vault has not taken a unit, as far as is known. */
export function isLacking(
  backlog: Backlog,
  { chart, vault }: Pick<VaultTask, 'chart' | 'vault'>,
  unit: Digest,
): boolean {
  const task: VaultTask = { chart, vault, task: { kind: 'unit', commitment: unit } };
  return hasTask(backlog, task) || backlog.absent.has(unitName(vault, unit));
}

/** Whether a vault still has to do this. */
export function hasTask(backlog: Backlog, task: VaultTask): boolean {
  return backlog.tasks.has(nameOf(task));
}

function nameOf({ chart, vault, task }: VaultTask): string {
  const prefix = `${toHex(chart)}/${toHex(vault)}/${task.kind}`;
  switch (task.kind) {
    case 'header':
      return prefix;
    case 'object':
      return `${prefix}/${toHex(task.name)}`;
    case 'unit':
      return `${prefix}/${toHex(task.commitment)}`;
    case 'deletion':
      return `${prefix}/${toHex(task.name)}/${task.body?.index ?? ''}`;
  }
}

/** In the order in which they are done: a vault that knows no header takes nothing else. */
const KINDS = ['header', 'object', 'deletion', 'unit'] as const;

/** What the vaults of a chart still have to do. */
export function backlogOf(backlog: Backlog, chart: ChartId): VaultTask[] {
  const tasks = [...backlog.tasks.values()].filter((each) => equalBytes(each.chart, chart));
  return tasks.sort((a, b) => KINDS.indexOf(a.task.kind) - KINDS.indexOf(b.task.kind));
}

/** Events that say that each of these vaults missed each of these tasks. */
export function missedBy(
  vaults: readonly AccountId[],
  chart: ChartId,
  tasks: readonly VaultTask['task'][],
): (VaultTask & { readonly kind: 'vaultMissed' })[] {
  return vaults.flatMap((vault) =>
    tasks.map((task) => ({ kind: 'vaultMissed' as const, chart, vault, task })),
  );
}
