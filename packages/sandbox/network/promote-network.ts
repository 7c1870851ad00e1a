import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { nodeId } from '@ward/engine';
import { checkPlan } from '@ward/ledger';
import {
  accountKey,
  checkPromotion,
  crossedFile,
  directoryKey,
  getPromotion,
  LEDGER_LIMITS,
  type NetworkFile,
  organisationKey,
  type PromotionAnswer,
  type PromotionPlan,
  rulesKey,
} from '@ward/ledger/schema';
import { copyFirstState, loadNodeHome, promoteHome, savePromotionPlan } from '@ward/node';
import { type Crypto, callEndpoint, hasCode, type Transport, toHex } from '@ward/protocol';
import { type Connection, checkFounders, type FounderFile, type OrganisationWard } from '@ward/sdk';
import { saveNetworkFile } from '@ward/sdk/node';
import { refuse } from './errors.ts';
import {
  applicationOf,
  foundersOf,
  type PlannedFounder,
  peeringOf,
  peerOf,
  sandboxMemberOf,
} from './make-network.ts';
import type { KeyPorts } from './organisation-keys.ts';
import type { OrganisationPlan } from './organisations.ts';
import {
  draftOf,
  endDraft,
  loadAnswer,
  loadDraft,
  newcomersOf,
  type PromotionDraft,
  saveAnswer,
  saveDraft,
} from './promotion-draft.ts';
import { type SandboxMember, saveSandboxFile } from './sandbox-file.ts';
import { makeServerHome } from './server-homes.ts';

const PROOF_POLL_MS = 100;
const PROOF_POLLS_MAX = 100;

/** Where a promotion happens. */
export interface PromotionPlace {
  /** Home of the registrar: what was decided and not finished stands there. */
  readonly home: string;
  /** Home of the node that has the ledger alone. */
  readonly nodeHome: string;
  /** Folder in which the organisations that come get their homes. */
  readonly into: string;
}

export interface PromotionWish {
  /** Name of the chain that goes on. */
  readonly chain: string;
  /** Who comes to the members; they get keys and homes on this machine. */
  readonly organisations: readonly OrganisationPlan[];
  /** Who comes with keys and homes of its own. */
  readonly founders?: readonly FounderFile[];
  /** Where the node of the clinic meets others, as in `10.0.0.1:26656`. */
  readonly address: string;
}

/**
 * Decides what the ledger goes on as, and keeps it before anybody signs it. What was decided before
 * and not finished counts: the wish is for the first time.
 *
 * @throws WardError `PROMOTION_DAMAGED`, `SANDBOX_PORT_TAKEN`, `VALIDATOR_UNKNOWN`, `FOUNDER_*`,
 * `GENESIS_INVALID` where nothing could begin by the plan, what reading the ledger refuses.
 */
export async function draftPromotion(
  { home, nodeHome, into }: PromotionPlace,
  { chain, organisations, founders: files = [], address }: PromotionWish,
  { ward, ...ports }: KeyPorts & { readonly ward: OrganisationWard },
): Promise<PromotionDraft> {
  const found = loadDraft(home);
  if (found !== undefined) return found;
  const { crypto, random } = ports;
  const { network } = ward.connection.realm;
  const { chain: predecessor } = ward.connection;
  const now = ward.connection.now();
  const coming = checkFounders(files, { network, predecessor, now }, crypto);
  const own = await loadNodeHome(nodeHome);
  const newcomers = await foundersOf({ ...ports, home: into, organisations });
  const validators = [
    {
      organisation: own.organisation,
      publicKey: crypto.ed25519.keyPair(own.validatorSeed).publicKey,
    },
    ...newcomers.flatMap(({ servers, keys }) =>
      servers.flatMap(({ validator: publicKey }) =>
        publicKey === null ? [] : { organisation: keys.account, publicKey },
      ),
    ),
    ...coming.validators,
  ];
  const made = newcomers.map((newcomer) => applicationOf(newcomer, newcomers));
  const founders = [...made, ...coming.founders];
  const plan = await ward.network.planPromotion({ chain, founders, governance: { validators } });
  const read = await readPlanned(plan, ward.connection);
  // Not before the keys that come begin to count: a block will be later still.
  checkPlan(plan, { read, time: ward.connection.now() });
  const nodeSeed = random.bytes(32);
  const peers = coming.peers.length === 0 ? null : [...coming.peers];
  const draft = { plan, nodeSeed, address, newcomers: newcomers.map(draftOf), peers };
  saveDraft(home, draft);
  return draft;
}

/** What a plan is checked against, proved. */
async function readPlanned(
  { members }: PromotionPlan,
  connection: Connection,
): Promise<(key: Uint8Array) => Uint8Array | null> {
  const old = await connection.organisations();
  const ids = [...old, ...members].map(({ id }) => id);
  const keys = [
    rulesKey,
    directoryKey,
    ...ids.flatMap((id) => [accountKey(id), organisationKey(id)]),
  ];
  const values = new Map<string, Uint8Array | null>();
  for (let at = 0; at < keys.length; at += LEDGER_LIMITS.provedKeysMax) {
    const page = keys.slice(at, at + LEDGER_LIMITS.provedKeysMax);
    const state = await connection.prove(page);
    for (const key of page) values.set(toHex(key), state.bytes(key));
  }
  return (key) => values.get(toHex(key)) ?? null;
}

/**
 * Has the registrar's officer end the ledger, and proves how it ended. Nothing is done twice.
 *
 * @param node The way to the node, which runs.
 * @throws WardError `PROMOTION_UNPROVED`, `NETWORK_PROMOTED` where another plan was signed before;
 * `SIGNER_ROLE`, `PROMOTION_INVALID`, `PROOF_INVALID`.
 */
export async function signPromotion(
  { plan }: PromotionDraft,
  { home, nodeHome }: PromotionPlace,
  { ward, node }: { readonly ward: OrganisationWard; readonly node: Transport },
): Promise<PromotionAnswer> {
  const found = loadAnswer(home);
  if (found !== undefined) return found;
  await savePromotionPlan(nodeHome, plan);
  let answer = await askPromotion(node);
  if (answer === undefined) await ward.network.promote(plan);
  for (let polls = 0; answer === undefined; polls++) {
    if (polls === PROOF_POLLS_MAX) throw refuse('PROMOTION_UNPROVED');
    await setTimeout(PROOF_POLL_MS);
    answer = await askPromotion(node);
  }
  const { ledger, realm } = ward.connection;
  const { header: last } = await ledger.follow(answer.last);
  const from = { network: realm.network, chain: plan.predecessor, last };
  checkPromotion(answer, from, realm.crypto);
  saveAnswer(home, answer);
  return answer;
}

/** How the ledger ended; undefined where it did not. */
async function askPromotion(node: Transport): Promise<PromotionAnswer | undefined> {
  try {
    return await callEndpoint(getPromotion, { params: {}, query: {}, body: null }, node);
  } catch (error) {
    if (hasCode(error, 'PROMOTION_UNKNOWN')) return undefined;
    throw error;
  }
}

/** What a promotion left on this machine. */
export interface PromotedNetwork {
  /** For everybody who comes now; those who were there before cross over by themselves. */
  readonly networkFile: NetworkFile;
  readonly newcomers: readonly SandboxMember[];
}

/**
 * Makes the homes of the network: that of the node, whose old ledger stays beside the new one, and
 * those of the organisations that come. The node does not run. Nothing is done twice.
 */
export async function finishPromotion(
  draft: PromotionDraft,
  { answer, before }: { readonly answer: PromotionAnswer; readonly before: NetworkFile },
  { home, nodeHome, into, crypto }: PromotionPlace & { readonly crypto: Crypto },
): Promise<PromotedNetwork> {
  const { genesis, last } = answer;
  const { nodeSeed, address } = draft;
  const newcomers = newcomersOf(draft, crypto);
  const founders = draft.peers ?? [];
  const peers = [...newcomers.flatMap((newcomer) => peerOf(newcomer) ?? []), ...founders];
  await promoteHome(
    { home: nodeHome, genesis, last, peering: { nodeSeed, address, peers } },
    crypto,
  );
  const networkFile = crossedFile(before, { genesis, first: null });
  const others = [`${nodeId(nodeSeed, crypto)}@${address}`, ...founders];
  for (const newcomer of newcomers) {
    const path = join(into, newcomer.plan.folder);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    saveNetworkFile(path, networkFile);
    await makeHomes(newcomer, { path, newcomers, networkFile, others, crypto });
    const from = join(nodeHome, 'first-state');
    await copyFirstState({ from, to: join(path, 'node'), genesis }, crypto);
  }
  endDraft(home);
  return { networkFile, newcomers: newcomers.map(sandboxMemberOf) };
}

interface NewHomes {
  readonly path: string;
  readonly newcomers: readonly PlannedFounder[];
  readonly networkFile: NetworkFile;
  /** The peer that had the ledger alone, and those with homes of their own. */
  readonly others: readonly string[];
  readonly crypto: Crypto;
}

/** Homes of the servers of an organisation that are not there yet. */
async function makeHomes(
  newcomer: PlannedFounder,
  { path, newcomers, networkFile, others, crypto }: NewHomes,
): Promise<void> {
  const { genesis } = networkFile;
  const meets = peeringOf(newcomer, newcomers);
  const peering = meets === null ? null : { ...meets, peers: [...others, ...meets.peers] };
  const organisation = newcomer.keys.account;
  const founded = { organisation, genesis, networkFile, peering };
  for (const secrets of newcomer.secrets) {
    if (existsSync(join(path, secrets.kind, `${secrets.kind}.json`))) continue;
    await makeServerHome({ ...founded, secrets }, path, crypto);
  }
}

/** Lets those that came be run together: `ward network up` over their folder. */
export function keepTogether(into: string, newcomers: readonly SandboxMember[]): void {
  saveSandboxFile(into, { clockOffsetMs: 0, organisations: [...newcomers] });
}
