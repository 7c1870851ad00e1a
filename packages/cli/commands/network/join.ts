import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Genesis,
  type NetworkFile,
  planDigest,
  planOf,
  ROLES,
  type Role,
} from '@ward/ledger/schema';
import { type Crypto, toHex, word } from '@ward/protocol';
import { Application, Invitation, type Ward } from '@ward/sdk';
import { homeKind, openOrganisation, saveNetworkFile } from '@ward/sdk/node';
import { refuse } from '../../errors.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { jsonText, loadJsonFile, onFiles } from '../../frame/files.ts';
import { homeOptions, onHome } from '../../frame/open-session.ts';
import { many, oneOf, optional, origin, path, text } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import { askBeginning } from '../../servers/ask-beginning.ts';
import { finishFounder, isFounder } from '../../servers/founder-home.ts';
import { serverHome } from '../../servers/start-server.ts';

const ORIGIN_DEFAULT = 'http://127.0.0.1:8080';
const PEER_DEFAULT = '127.0.0.1:26656';
const ROLE_DEFAULT = 'provider' as const;

export const networkJoin = defineCommand({
  name: 'join',
  summary: 'Make an organisation with a node that joins a network',
  details:
    'Makes all keys here, an application for the members, and a node that follows the network: ' +
    'it reads and answers at once, and makes blocks once the members made it a validator. Check ' +
    'on another way that the invitation is of the network that you mean: the number that is ' +
    'printed is its name. With --light the node begins with a snapshot of the others, each part ' +
    'of it proved, in the place of all their blocks. A network that began with a promoted ledger ' +
    'is joined like that, or with --first-state: what it began with, proved as well. The home of ' +
    'a founder (ward network found) is finished; it has said all the rest.',
  owner: 'nobody',
  args: { invitation: path('FILE', 'invitation that a member wrote with ward network invite') },
  options: {
    name: optional(text('TEXT', 'what the organisation is called')),
    role: many(oneOf(ROLES, 'ROLE', 'what it is')),
    origin: optional(origin('how others reach the node'), ORIGIN_DEFAULT),
    peer: optional(text('HOST:PORT', 'where nodes of others connect'), PEER_DEFAULT),
    firstState: optional(path('FOLDER', 'first-state of a node of a promoted ledger')),
    light: many(origin('where a node gives headers to nodes that join; two or more of them')),
  },
  examples: ['ward --home clinic network join invitation.json --name "Clinic" --role provider'],
  async run({ args, options }, session) {
    const { home } = session;
    const invitation = loadJsonFile(args.invitation, Invitation);
    const { networkFile } = invitation;
    const isOfFounder = isFounder(home);
    if (homeKind(home) !== undefined && !isOfFounder) {
      throw refuse('OWNER_HOME_TAKEN', { kind: word('organisation') });
    }
    const { firstState } = options;
    if (isOfFounder && firstState === undefined) {
      throw refuse('FLAG_NEEDED', { flag: word('--first-state') });
    }
    const joined =
      isOfFounder && firstState !== undefined
        ? { ...(await finishFounder(invitation, firstState, session)), application: null }
        : await joinAnew(invitation, options, session);
    const { crypto } = session.platform;
    const network = toHex(networkFile.network);
    const plan = planIn(networkFile.genesis, crypto);
    const { account, name, roles, origin: at, application } = joined;
    return {
      json: { home, network, plan, account, name, roles, origin: at, application },
      show: (screen) => {
        screen.line(`${name} has its keys and a node.`, 'good');
        screen.facts([
          ['network', network],
          ['plan', plan ?? undefined],
          ['account', account],
          ['application', application ?? undefined],
        ]);
        screen.line();
        screen.line(`Next: ward --home ${home} node start --listen HOST:PORT`);
        if (application === null) return;
        screen.line('      a member: ward network propose admit FILE, and others vote');
        screen.line(`      then: ward --home ${home} node publish`);
      },
    };
  },
});

/** By which plan a promoted ledger goes on: what those compare who began it. */
function planIn(genesis: Genesis, crypto: Crypto): string | null {
  return genesis.predecessor === null ? null : toHex(planDigest(planOf(genesis), crypto));
}

interface JoinOptions {
  readonly name: string | undefined;
  readonly role: readonly Role[];
  readonly origin: string | undefined;
  readonly peer: string | undefined;
  readonly firstState: string | undefined;
  readonly light: readonly string[];
}

/** Makes a home of keys that nobody knows yet. */
async function joinAnew(
  { networkFile, peers }: Invitation,
  options: JoinOptions,
  session: Session,
) {
  const { home, ask, platform } = session;
  const { crypto, random } = platform;
  if (options.light.length === 1) throw refuse('FLAG_NEEDED', { flag: word('--light') });
  const name = options.name ?? (await ask.text('What is it called?', word('--name')));
  const { origin: at = ORIGIN_DEFAULT, peer: address = PEER_DEFAULT, firstState } = options;
  const roles = options.role.length > 0 ? [...new Set(options.role)] : [ROLE_DEFAULT];
  onFiles(() => saveNetworkFile(home, networkFile));
  const { ward, close } = await onHome(() => openOrganisation(homeOptions(session), name));
  const endpoints = { node: at, vault: null, custodian: null, inbox: null };
  const application = ward.network.application({ roles, endpoints, custodian: null });
  const stateSync = options.light.length === 0 ? null : await trustedNow(ward, options.light);
  close();
  const out = join(home, 'application.json');
  onFiles(() => writeFileSync(out, jsonText(Application, application)));
  const node = await import('@ward/node');
  const { genesis } = networkFile;
  const seeds = { validatorSeed: random.bytes(32), serviceSeed: random.bytes(32) };
  const peering = { nodeSeed: random.bytes(32), address, peers };
  const own = { organisation: application.account, genesis, ...seeds, peering };
  const nodeHome = serverHome(session, 'node');
  if (firstState !== undefined) {
    await node.copyFirstState({ from: firstState, to: nodeHome, genesis }, crypto);
  }
  await node.nodeInit(own, nodeHome, crypto);
  if (stateSync !== null) {
    await node.saveStateSync(nodeHome, stateSync);
    if (genesis.predecessor !== null) await keepBeginning(networkFile, nodeHome, session);
  }
  return { account: toHex(application.account), name, roles, origin: at, application: out };
}

/** A snapshot does not tell how the chain began; clients of the one before will ask for it. */
async function keepBeginning(networkFile: NetworkFile, nodeHome: string, session: Session) {
  const { saveBeginning } = await import('@ward/node');
  const beginning = await askBeginning(networkFile, session);
  if (beginning !== undefined) await saveBeginning(nodeHome, beginning);
  else session.remark('No node shows how the ledger before ended: this one cannot show it either.');
}

/** The newest block, verified from the network file on: with it a snapshot is believed. */
async function trustedNow({ ledger, connection }: Ward, servers: readonly string[]) {
  const { header, hash } = await ledger.head();
  const { trustingPeriodSeconds: trustSeconds } = connection.networkFile;
  return { height: header.height, hash, trustSeconds, servers };
}
