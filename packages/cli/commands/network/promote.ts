import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crossedFile, type PromotionAnswer, planDigest, planOf } from '@ward/ledger/schema';
import { MS_PER_SECOND, type Transport, toHex, word } from '@ward/protocol';
import { httpTransport } from '@ward/protocol/http-transport';
import { checkFounders, FounderFile, Invitation } from '@ward/sdk';
import { loadNetworkFile, openOrganisation, saveCrossing } from '@ward/sdk/node';
import { refuse } from '../../errors.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { fileError, jsonText, loadJsonFile, onFiles } from '../../frame/files.ts';
import { homeOptions, onHome } from '../../frame/open-session.ts';
import { flag, integer, many, optional, path, text } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import { invitationOf } from '../../servers/invitation.ts';
import { PEER_DEFAULT } from '../../servers/new-node.ts';
import { serverHome } from '../../servers/start-server.ts';

const ORGANISATIONS_MAX = 20;

interface PromoteOptions {
  readonly chain: string | undefined;
  readonly organisations: number | undefined;
  readonly founders: readonly FounderFile[];
  readonly into: string | undefined;
  readonly peer: string | undefined;
  readonly backup: string;
  readonly passphraseFile: string | undefined;
}

export const networkPromote = defineCommand({
  name: 'promote',
  summary: 'Make the ledger of one clinic the beginning of a network that its members govern',
  details:
    'Every record, grant and log entry keeps its proof. The node has to be stopped: it is backed ' +
    'up, ends its ledger by a transaction of the registrar, and begins a new one with the same ' +
    'state; what it had stays beside it. There is no way back. Wallets, vaults and custodians ' +
    'cross over by themselves. Organisations that say before who they are (ward network found) ' +
    'begin the network together with this one, each on a machine of its own: --founder takes ' +
    'what they sent. Others join later: ward network invite. With --organisations more come at ' +
    'once, with keys of this machine: that is for trying. ' +
    'Broken off, the same command goes on where it was.',
  owner: 'nobody',
  options: {
    backup: path('FILE', 'encrypted backup of the node, which is written first'),
    passphraseFile: optional(path('FILE', 'where its passphrase stands (else WARD_PASSPHRASE)')),
    chain: optional(text('TEXT', 'name of the chain that goes on; the next number unless told')),
    organisations: optional(
      integer('COUNT', { min: 1, max: ORGANISATIONS_MAX }, 'how many have nodes then'),
      '1',
    ),
    founder: many(path('FILE', 'what an organisation wrote that begins the network with others')),
    into: optional(path('FOLDER', 'where those that come at once get their homes')),
    peer: optional(text('HOST:PORT', 'where nodes of others connect'), PEER_DEFAULT),
    yes: flag('do not ask'),
  },
  examples: ['ward --home clinic network promote --backup clinic.age'],
  async run({ options: { yes, ...options } }, session) {
    const { home, ask } = session;
    const { organisations = 1, into, founder, ...rest } = options;
    if (organisations > 1 && into === undefined)
      throw refuse('FLAG_NEEDED', { flag: word('--into') });
    const founders = loadFounders(founder, session);
    const network = await import('@ward/sandbox/network');
    const isBegun = (network.loadDraft(home) ?? network.loadAnswer(home)) !== undefined;
    if (!isBegun) {
      await ask.confirm('End this ledger? It goes on as a network, and never back.', { yes });
      await backUp(rest, session);
    }
    const { answer, newcomers } = await promote(
      { ...rest, organisations, into, founders },
      session,
    );
    const { genesis, last } = answer;
    const { height } = last.header;
    goOver(home, answer);
    const invitation = founder.length === 0 ? null : await inviteFounders(session);
    const { chain } = genesis;
    const name = toHex(genesis.network!);
    const plan = toHex(planDigest(planOf(genesis), session.platform.crypto));
    const homes = newcomers.map(({ folder, id }) => ({ folder, account: toHex(id) }));
    const firstState = join(serverHome(session, 'node'), 'first-state');
    return {
      json: { home, network: name, chain, height, plan, organisations: homes, invitation },
      show: (screen) => {
        screen.line(`The ledger ended at block ${height}, and goes on as ${chain}.`, 'good');
        screen.facts([
          ['network', name],
          ['chain', chain],
          ['plan', plan],
          ['old ledger', `${serverHome(session, 'node')}/predecessor`],
        ]);
        screen.line();
        screen.line(`Next: ward --home ${home} node start --listen HOST:PORT`);
        if (homes.length > 0) screen.line(`      ward --home ${into} network up`);
        else if (invitation === null) screen.line(`      ward --home ${home} network invite`);
        if (invitation !== null)
          screen.line(`      to the founders: ${invitation} and the folder ${firstState}`);
      },
    };
  },
});

/** Looked at before anything is done. */
function loadFounders(paths: readonly string[], { home, platform }: Session): FounderFile[] {
  const { clock, crypto } = platform;
  const files = paths.map((file) => loadJsonFile(file, FounderFile));
  const { network, genesis } = onFiles(() => loadNetworkFile(home));
  // Once the home has gone over, what was planned counts.
  if (genesis.governance !== null) return files;
  const now = Math.floor(clock.nowMs() / MS_PER_SECOND);
  checkFounders(files, { network, predecessor: genesis.chain, now }, crypto);
  return files;
}

/** What founders need: with it and the first state each finishes its own home. */
async function inviteFounders(session: Session): Promise<string> {
  const { home, platform } = session;
  const networkFile = onFiles(() => loadNetworkFile(home));
  const nodeHome = serverHome(session, 'node');
  const invitation = await invitationOf(nodeHome, networkFile, platform.crypto);
  const out = join(home, 'invitation.json');
  onFiles(() => writeFileSync(out, jsonText(Invitation, invitation)));
  return out;
}

/** @throws WardError `BACKUP_TAKEN`. */
async function backUp(
  options: Pick<PromoteOptions, 'backup' | 'passphraseFile'>,
  session: Session,
): Promise<void> {
  const { passphraseFile: file, backup: to } = options;
  const passphrase = await session.ask.passphrase('Passphrase for the backup', {
    file,
    isNew: true,
  });
  const { backUpHome } = await import('@ward/node');
  const home = serverHome(session, 'node');
  await backUpHome({ home, to, passphrase }).catch((error) => {
    throw fileError(error);
  });
  session.remark(`The node as it was is in ${to}.`);
}

/** Each step looks at what is there: what was done before is not done again. */
async function promote(options: PromoteOptions, session: Session) {
  const { home, platform } = session;
  const { crypto } = platform;
  const steps = await import('@ward/sandbox/network');
  const nodeHome = serverHome(session, 'node');
  const place = { home, nodeHome, into: options.into ?? home };
  const before = onFiles(() => loadNetworkFile(home));
  let answer: PromotionAnswer | undefined = steps.loadAnswer(home);
  let draft = steps.loadDraft(home);
  if (answer !== undefined && draft === undefined) return { answer, newcomers: [] };
  if (answer === undefined || draft === undefined) {
    const { node, close } = await startNode(nodeHome, session);
    try {
      const { organisations = 1, peer: address = PEER_DEFAULT } = options;
      const { chain = nextChain(before.genesis.chain) } = options;
      const plans = steps.plainOrganisations(organisations).slice(1);
      const own = before.nodes[0]!;
      const { transport = httpTransport } = platform;
      const reach = (origin: string) => (origin === own ? node : transport(origin));
      const opened = await onHome(() =>
        openOrganisation({ ...homeOptions(session), transport: reach }),
      );
      try {
        const { ward } = opened;
        const wish = { chain, organisations: plans, founders: options.founders, address };
        draft = await steps.draftPromotion(place, wish, { ...platform, ward });
        session.remark('The plan is made.');
        answer = await steps.signPromotion(draft, place, { ward, node });
      } finally {
        opened.close();
      }
    } finally {
      await close();
    }
    session.remark(`The ledger ended at block ${answer.last.header.height}, as is proved.`);
  }
  const { newcomers } = await steps.finishPromotion(
    draft,
    { answer, before },
    { ...place, crypto },
  );
  if (newcomers.length > 0) steps.keepTogether(place.into, newcomers);
  return { answer, newcomers };
}

/** What was proved here the home need not be shown again: who is invited now joins the network. */
function goOver(home: string, { genesis, last }: PromotionAnswer): void {
  const before = onFiles(() => loadNetworkFile(home));
  if (before.genesis.chain === genesis.chain) return;
  const networkFile = crossedFile(before, { genesis, first: null });
  onFiles(() => saveCrossing(home, { height: last.header.height, networkFile }));
}

/** The node of this home, in this process: nobody but this command asks it. */
async function startNode(
  home: string,
  { platform: { clock, crypto, random } }: Session,
): Promise<{ readonly node: Transport; close(): Promise<void> }> {
  const { createNode } = await import('@ward/node');
  const { origin, close } = await createNode({ home, clock, crypto, random });
  return { node: httpTransport(origin), close };
}

const NUMBERED = /^(.*?)(\d{1,9})$/;

/** `ward-2` behind `ward-1`. */
function nextChain(chain: string): string {
  const [, name, number] = NUMBERED.exec(chain) ?? [];
  return number === undefined ? `${chain}-2` : `${name}${Number(number) + 1}`;
}
