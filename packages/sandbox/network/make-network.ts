import { join } from 'node:path';
import { DECIDE_DIGEST, DECIDE_VERSION } from '@ward/charts';
import { type Genesis, type NetworkFile, networkOf, type Organisation } from '@ward/ledger/schema';
import { compareBytes, MS_PER_SECOND } from '@ward/protocol';
import { saveNetworkFile } from '@ward/sdk/node';
import { type KeyPorts, makeOrganisationKeys, type PublicKeys } from './organisation-keys.ts';
import type { OrganisationName, OrganisationPlan, ServerKind } from './organisations.ts';
import { choosePorts, originOf } from './ports.ts';
import { beginSandbox, type SandboxFile, saveSandboxFile } from './sandbox-file.ts';
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

export interface MakeNetworkOptions extends KeyPorts {
  readonly home: string;
  readonly organisations: readonly OrganisationPlan[];
  readonly clockOffsetMs: number;
}

/** An organisation on its way into the genesis. */
interface Founder {
  readonly plan: OrganisationPlan;
  readonly ports: { readonly [K in ServerKind]?: number };
  readonly keys: PublicKeys;
  readonly secrets: readonly ServerSecrets[];
  readonly servers: readonly ServerKeys[];
}

/**
 * Makes the homes of a new sandbox: keys of every organisation and server, the genesis that names
 * all of them with their endpoints, and the network file in every home.
 */
export async function makeNetwork(options: MakeNetworkOptions): Promise<SandboxFile> {
  const { home, clockOffsetMs, crypto } = options;
  beginSandbox(home);
  const founders = await foundersOf(options);
  const { genesis, networkFile } = foundNetwork(founders, options);
  for (const { plan, keys, secrets } of founders) {
    const path = join(home, plan.folder);
    saveNetworkFile(path, networkFile);
    const founded = { organisation: keys.account, genesis, networkFile };
    for (const each of secrets) await makeServerHome({ ...founded, secrets: each }, path, crypto);
  }
  const file: SandboxFile = {
    clockOffsetMs,
    organisations: founders.map(({ plan, ports, keys }) => ({
      ...{ folder: plan.folder, id: keys.account },
      ...{ node: ports.node ?? null, vault: ports.vault ?? null },
      custodian: ports.custodian ?? null,
    })),
  };
  saveSandboxFile(home, file);
  return file;
}

async function foundersOf(options: MakeNetworkOptions): Promise<Founder[]> {
  const { home, organisations, random, crypto } = options;
  const wanted = organisations.flatMap(({ servers }) => Object.entries(servers));
  const chosen = await choosePorts(wanted.map(([, port]) => port));
  const founders: Founder[] = [];
  for (const plan of organisations) {
    const kinds = Object.keys(plan.servers) as ServerKind[];
    const ports = Object.fromEntries(kinds.map((kind) => [kind, chosen.shift()!]));
    const keys = await makeOrganisationKeys(plan, join(home, plan.folder), options);
    const secrets = kinds.map((kind) => makeServerSecrets(kind, random));
    const servers = secrets.map((each) => publicKeysOf(each, crypto));
    founders.push({ plan, ports, keys, secrets, servers });
  }
  return founders;
}

function foundNetwork(founders: readonly Founder[], options: MakeNetworkOptions) {
  const { crypto, clock } = options;
  const time = Math.floor(clock.nowMs() / MS_PER_SECOND);
  const validators = founders.flatMap(({ servers }) =>
    servers.flatMap(({ validator }) => validator ?? []),
  );
  const members = founders.map((founder) => memberOf(founder, founders, time));
  const genesis: Genesis = {
    ...{ chain: CHAIN, time, network: null, predecessor: null, governance: null },
    validators: validators.map((publicKey) => ({ publicKey, power: 1 })),
    parameters: { decideVersion: DECIDE_VERSION, decideDigest: DECIDE_DIGEST },
    members: members.toSorted((a, b) => compareBytes(a.id, b.id)),
  };
  const networkFile: NetworkFile = {
    network: networkOf(genesis, crypto),
    genesis,
    checkpoint: null,
    nodes: founders.flatMap(({ ports }) => (ports.node === undefined ? [] : originOf(ports.node))),
    trustingPeriodSeconds: TRUSTING_PERIOD_SECONDS,
    witnesses: null,
  };
  return { genesis, networkFile };
}

function memberOf({ plan, ports, keys, servers }: Founder, all: readonly Founder[], from: number) {
  const services = [keys.service, ...servers.map(({ service }) => service)];
  const key = (kind: 'service' | 'officer', publicKey: Uint8Array) => ({
    ...{ kind, publicKey, from, until: null, passkey: null },
  });
  const organisation: Organisation = {
    ...{ name: plan.name, roles: [...plan.roles].sort(), status: 'active', successor: null },
    endpoints: {
      node: originOrNull(ports.node),
      vault: originOrNull(ports.vault),
      custodian: originOrNull(ports.custodian),
      inbox: originOrNull(vaultOf(plan.inbox, all)),
    },
    sealingKey: keys.sealing,
    custodian: servers.find(({ kind }) => kind === 'custodian')?.custodian ?? null,
  };
  return {
    id: keys.account,
    account: {
      organisation: keys.account,
      keys: [...services.map((each) => key('service', each)), key('officer', keys.officer)],
    },
    organisation,
  };
}

function originOrNull(port: number | undefined): string | null {
  return port === undefined ? null : originOf(port);
}

function vaultOf(name: OrganisationName, all: readonly Founder[]): number | undefined {
  return all.find(({ plan }) => plan.folder === name)?.ports.vault;
}
