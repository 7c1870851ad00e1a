import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Genesis, type NetworkFile, planDigest, planOf } from '@ward/ledger/schema';
import { type Crypto, toHex, word } from '@ward/protocol';
import { Application, Invitation, type Ward } from '@ward/sdk';
import { openOrganisation, saveNetworkFile } from '@ward/sdk/node';
import { refuse } from '../../errors.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { jsonText, loadJsonFile, onFiles } from '../../frame/files.ts';
import { homeOptions, onHome } from '../../frame/open-session.ts';
import { many, optional, origin, path } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import { askBeginning } from '../../servers/ask-beginning.ts';
import { finishFounder, isFounder } from '../../servers/founder-home.ts';
import {
  checkHomeIsFree,
  NEW_NODE_OPTIONS,
  type NewNodeOptions,
  newNodeTerms,
} from '../../servers/new-node.ts';
import { serverHome } from '../../servers/start-server.ts';

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
    ...NEW_NODE_OPTIONS,
    firstState: optional(path('FOLDER', 'first-state of a node of a promoted ledger')),
    light: many(origin('where a node gives headers to nodes that join; two or more of them')),
  },
  examples: ['ward --home clinic network join invitation.json --name "Clinic" --role provider'],
  async run({ args, options }, session) {
    const { home } = session;
    const invitation = loadJsonFile(args.invitation, Invitation);
    const { networkFile } = invitation;
    const isOfFounder = isFounder(home);
    if (!isOfFounder) checkHomeIsFree(home);
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

interface JoinOptions extends NewNodeOptions {
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
  const { roles, endpoints, origin, address } = newNodeTerms(options);
  onFiles(() => saveNetworkFile(home, networkFile));
  const { ward, close } = await onHome(() => openOrganisation(homeOptions(session), name));
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
  const { firstState } = options;
  if (firstState !== undefined) {
    await node.copyFirstState({ from: firstState, to: nodeHome, genesis }, crypto);
  }
  await node.nodeInit(own, nodeHome, crypto);
  if (stateSync !== null) {
    await node.saveStateSync(nodeHome, stateSync);
    if (genesis.predecessor !== null) await keepBeginning(networkFile, nodeHome, session);
  }
  return { account: toHex(application.account), name, roles, origin, application: out };
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
