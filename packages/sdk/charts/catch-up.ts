import {
  getObjects,
  getVaultStatus,
  type ParsedManifest,
  parseManifest,
  putHeader,
} from '@ward/charts';
import {
  type AccountId,
  callEndpoint,
  concatBytes,
  type Digest,
  equalBytes,
  hasCode,
  type RequestKey,
  toHex,
  WardError,
} from '@ward/protocol';
import {
  type Backlog,
  type BacklogChange,
  backlogOf,
  type VaultTask,
} from '../connection/backlog.ts';
import type { Connection } from '../connection/connection.ts';
import { within } from '../connection/pause.ts';
import { VaultWriter } from '../connection/vault-writer.ts';
import { type KnownVault, Vaults } from '../connection/vaults.ts';
import { refuse } from '../errors.ts';
import { fetchPackedBodies } from '../records/packed-bodies.ts';
import { type ChartReference, viewChart } from './chart-view.ts';

/** Who remembers what vaults missed: a wallet, or a key service. */
export interface BacklogKeeper {
  readonly state: { readonly backlog: Backlog };
  record(...changes: readonly BacklogChange[]): Promise<void>;
}

export interface CatchUpInput {
  readonly keeper: BacklogKeeper;
  readonly reference: ChartReference;
  /** Signs what is stored and deleted. */
  readonly key: RequestKey;
  /** Vaults that are known to be away now; all are tried when left out. */
  readonly except?: readonly AccountId[];
}

/** What came of it. */
export interface CaughtUp {
  /** How many tasks are done now. */
  readonly done: number;
  /** What vaults still have not taken, or not deleted. */
  readonly outstanding: readonly VaultTask[];
}

/**
 * Brings vaults what they missed while they were away: the newest header, objects and units, which
 * the other vaults have; and orders again what they have not deleted. What cannot be done now stays
 * for the next time, in the wallet or key service.
 */
export async function catchUp(input: CatchUpInput, connection: Connection): Promise<CaughtUp> {
  const { keeper, reference, except = [] } = input;
  const tasks = backlogOf(keeper.state.backlog, reference.chart);
  const away = new Set(except.map(toHex));
  for (const [name, vault] of new Map(tasks.map(({ vault }) => [toHex(vault), vault]))) {
    if (!away.has(name) && !(await isThere(vault, connection))) away.add(name);
  }
  let done = 0;
  for (const each of tasks) {
    const { chart, vault, task } = each;
    if (away.has(toHex(vault))) continue;
    try {
      await doTask(each, input, connection);
      await keeper.record({ kind: 'vaultCaughtUp', chart, vault, task });
      done++;
    } catch (error) {
      if (!(error instanceof WardError)) throw error;
      // What follows would wait for the same silence.
      if (hasCode(error, 'SERVER_UNREACHABLE')) away.add(toHex(vault));
    }
  }
  return { done, outstanding: backlogOf(keeper.state.backlog, reference.chart) };
}

/** Whether a vault answers at all; nobody waits long for one that is away. */
async function isThere(vault: AccountId, connection: Connection): Promise<boolean> {
  try {
    const server = await connection.server(vault, 'vault');
    const asked = callEndpoint(getVaultStatus, { params: {}, query: {}, body: null }, server);
    return (await within(asked, connection.vaultGraceMs)) !== undefined;
  } catch (error) {
    if (error instanceof WardError) return false;
    throw error;
  }
}

async function doTask(
  { vault: organisation, task }: VaultTask,
  { reference, key }: CatchUpInput,
  connection: Connection,
): Promise<void> {
  const { chart, vaults } = reference;
  const vault = await new Vaults(vaults, connection).find(organisation);
  const others = vaults.filter((id) => !equalBytes(id, organisation));
  const input = { vault, others: new Vaults(others, connection) };
  const writer = new VaultWriter([organisation], { chart, key }, connection);
  switch (task.kind) {
    case 'header':
      return bringHeader(vault, reference, connection);
    case 'object': {
      const bytes = await input.others.object(task.name);
      return writer.putObjectsTo(vault, [{ kind: 'object', bytes }]);
    }
    case 'unit':
      return bringUnit(task.commitment, { ...input, writer }, connection);
    case 'deletion':
      return deleteAgain(vault, task, writer);
  }
}

async function bringHeader(
  { transport }: KnownVault,
  reference: ChartReference,
  connection: Connection,
): Promise<void> {
  const { chart, current } = await viewChart(reference, connection);
  const request = { params: { chart }, query: {}, body: current.bytes };
  await callEndpoint(putHeader, request, transport);
}

interface BringInput {
  readonly vault: KnownVault;
  readonly others: Vaults;
  readonly writer: VaultWriter;
}

/** @throws WardError `OBJECT_WITHHELD` where the other vaults do not have it whole. */
async function bringUnit(
  commitment: Digest,
  { vault, others, writer }: BringInput,
  connection: Connection,
): Promise<void> {
  const [bytes] = await others.manifests([commitment]);
  if (bytes === undefined) throw refuse('OBJECT_WITHHELD');
  const unit = parseManifest(bytes, connection.realm);
  if (unit.manifest.packed) await bringPacked(unit, { vault, others, writer }, connection);
  else {
    for (const { digest } of unit.manifest.bodies) {
      await others.first((from) => writer.copyTo(vault, digest, from));
    }
  }
  await writer.putObjectsTo(vault, [{ kind: 'manifest', bytes }]);
}

async function bringPacked(
  unit: ParsedManifest,
  { vault, others, writer }: BringInput,
  connection: Connection,
): Promise<void> {
  const { bodies } = unit.manifest;
  const found = (await fetchPackedBodies([unit], others, connection)).get(toHex(unit.label))!;
  const parts = bodies.map((_, index) => found.get(index));
  const whole = parts.filter((part) => part !== undefined);
  if (whole.length < parts.length) throw refuse('OBJECT_WITHHELD');
  await writer.putObjectsTo(vault, [{ kind: 'packed', bodies, bytes: concatBytes(...whole) }]);
}

/**
 * A vault that did not take the unit, as far as is known, may have nothing to delete; then it signs
 * for nothing.
 */
async function deleteAgain(
  vault: KnownVault,
  task: Extract<VaultTask['task'], { kind: 'deletion' }>,
  writer: VaultWriter,
): Promise<void> {
  try {
    await writer.deleteAt(vault, task);
  } catch (error) {
    if (!task.isLacking || hasCode(error, 'SERVER_UNREACHABLE')) throw error;
    const request = { params: {}, query: {}, body: { names: [task.unit] } };
    const { objects } = await callEndpoint(getObjects, request, vault.transport);
    if (objects[0] !== null) throw error;
  }
}
