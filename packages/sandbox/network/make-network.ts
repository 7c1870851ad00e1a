import { join } from 'node:path';
import { DECIDE_DIGEST, DECIDE_VERSION } from '@ward/charts';
import type { NetworkFile } from '@ward/ledger/schema';
import { MS_PER_SECOND } from '@ward/protocol';
import { type Founder, foundNetwork } from '@ward/sdk';
import { saveNetworkFile } from '@ward/sdk/node';
import { type KeyPorts, makeOrganisationKeys, type PublicKeys } from './organisation-keys.ts';
import type { OrganisationPlan, ServerKind } from './organisations.ts';
import { choosePorts, listenOn, originOf } from './ports.ts';
import {
  beginSandbox,
  type SandboxFile,
  type SandboxMember,
  saveSandboxFile,
} from './sandbox-file.ts';
import {
  makeServerHome,
  makeServerSecrets,
  publicKeysOf,
  type ServerKeys,
  type ServerSecrets,
} from './server-homes.ts';

const CHAIN = 'ward-sandbox-1';
const DAY_SECONDS = 86_400;
/** Long enough for walks that let a month pass. */
const TRUSTING_PERIOD_SECONDS = 90 * DAY_SECONDS;
/** Shorter than stake is bound: whoever signs a fork in this time still has something to lose. */
const GOVERNED_TRUSTING_PERIOD_SECONDS = 14 * DAY_SECONDS;

export interface MakeNetworkOptions extends KeyPorts {
  readonly home: string;
  readonly organisations: readonly OrganisationPlan[];
  readonly clockOffsetMs: number;
  /** Name of the chain; that of sandboxes unless told. */
  readonly chain?: string;
}

/** An organisation on its way into the genesis. */
export interface PlannedFounder {
  readonly plan: OrganisationPlan;
  readonly ports: { readonly [K in ServerKind]?: number };
  /** Where its node meets others. */
  readonly peerPort: number | null;
  readonly keys: PublicKeys;
  readonly secrets: readonly ServerSecrets[];
  readonly servers: readonly ServerKeys[];
}

/**
 * Makes the homes of a new network on this machine: keys of every organisation and server, the
 * genesis that names all of them with their endpoints, and the network file in every home. Where
 * nodes have peers, the members govern and every node is a validator of the same weight; else one
 * node has the ledger, and a registrar governs.
 */
export async function makeNetwork(options: MakeNetworkOptions): Promise<SandboxFile> {
  const { home, clockOffsetMs, crypto, organisations } = options;
  beginSandbox(
    home,
    organisations.map(({ folder }) => folder),
  );
  const founders = await foundersOf(options);
  const networkFile = foundOf(founders, options);
  for (const founder of founders) {
    const { plan, keys, secrets } = founder;
    const path = join(home, plan.folder);
    saveNetworkFile(path, networkFile);
    const { genesis } = networkFile;
    const peering = peeringOf(founder, founders);
    const founded = { organisation: keys.account, genesis, networkFile, peering };
    for (const each of secrets) await makeServerHome({ ...founded, secrets: each }, path, crypto);
  }
  const file: SandboxFile = {
    clockOffsetMs,
    organisations: founders.map(sandboxMemberOf),
  };
  saveSandboxFile(home, file);
  return file;
}

/** How a sandbox remembers an organisation. */
export function sandboxMemberOf({ plan, ports, peerPort, keys }: PlannedFounder): SandboxMember {
  return {
    ...{ folder: plan.folder, id: keys.account },
    ...{ node: ports.node ?? null, vault: ports.vault ?? null },
    ...{ custodian: ports.custodian ?? null, peer: peerPort },
  };
}

/** Makes the keys of organisations, and chooses their ports. */
export async function foundersOf(
  options: Pick<MakeNetworkOptions, 'home' | 'organisations' | keyof KeyPorts>,
): Promise<PlannedFounder[]> {
  const { home, organisations, random, crypto } = options;
  const wanted = organisations.flatMap(({ servers, peer }) => [
    ...Object.values(servers),
    ...(peer === undefined ? [] : [peer]),
  ]);
  const chosen = await choosePorts(wanted);
  const founders: PlannedFounder[] = [];
  for (const plan of organisations) {
    const kinds = Object.keys(plan.servers) as ServerKind[];
    const ports = Object.fromEntries(kinds.map((kind) => [kind, chosen.shift()!]));
    const peerPort = plan.peer === undefined ? null : chosen.shift()!;
    const keys = await makeOrganisationKeys(plan, join(home, plan.folder), options);
    const secrets = kinds.map((kind) => makeServerSecrets(kind, random));
    const servers = secrets.map((each) => publicKeysOf(each, crypto));
    founders.push({ plan, ports, peerPort, keys, secrets, servers });
  }
  return founders;
}

/** What other nodes know the node of an organisation by, and where they find it. */
export function peerOf({ servers, peerPort }: PlannedFounder): string | undefined {
  const node = servers.find(({ kind }) => kind === 'node');
  return peerPort === null || node === undefined ? undefined : `${node.peer}@${listenOn(peerPort)}`;
}

export function peeringOf(own: PlannedFounder, all: readonly PlannedFounder[]) {
  if (own.peerPort === null) return null;
  const peers = all.filter((other) => other !== own).flatMap((other) => peerOf(other) ?? []);
  return { address: listenOn(own.peerPort), peers };
}

function foundOf(founders: readonly PlannedFounder[], options: MakeNetworkOptions): NetworkFile {
  const { crypto, clock, chain = CHAIN } = options;
  const validators = founders.flatMap(({ servers, keys }) =>
    servers.flatMap(({ validator: publicKey }) =>
      publicKey === null ? [] : { organisation: keys.account, publicKey },
    ),
  );
  const isGoverned = founders.some(({ peerPort }) => peerPort !== null);
  const founding = {
    chain,
    time: Math.floor(clock.nowMs() / MS_PER_SECOND),
    founders: founders.map((founder) => applicationOf(founder, founders)),
    parameters: { decideVersion: DECIDE_VERSION, decideDigest: DECIDE_DIGEST },
    nodes: founders.flatMap(({ ports }) => (ports.node === undefined ? [] : originOf(ports.node))),
  };
  return isGoverned
    ? foundNetwork(
        {
          ...founding,
          ...{ governance: { validators } },
          trustingPeriodSeconds: GOVERNED_TRUSTING_PERIOD_SECONDS,
        },
        crypto,
      )
    : foundNetwork(
        {
          ...founding,
          validators: validators.map(({ publicKey }) => publicKey),
          trustingPeriodSeconds: TRUSTING_PERIOD_SECONDS,
        },
        crypto,
      );
}

/** What a founder brings into the genesis. */
export function applicationOf(
  { plan, ports, keys, servers }: PlannedFounder,
  all: readonly PlannedFounder[],
): Founder {
  return {
    application: {
      ...{ account: keys.account, name: plan.name, roles: [...plan.roles] },
      ...{ servicePublicKey: keys.service, officerPublicKey: keys.officer },
      endpoints: {
        node: originOrNull(ports.node),
        vault: originOrNull(ports.vault),
        custodian: originOrNull(ports.custodian),
        inbox: originOrNull(vaultOf(plan.inbox, all)),
      },
      sealingKey: keys.sealing,
      custodian: servers.find(({ kind }) => kind === 'custodian')?.custodian ?? null,
    },
    serviceKeys: servers.map(({ service }) => service),
  };
}

function originOrNull(port: number | undefined): string | null {
  return port === undefined ? null : originOf(port);
}

function vaultOf(name: string, all: readonly PlannedFounder[]): number | undefined {
  return all.find(({ plan }) => plan.folder === name)?.ports.vault;
}
