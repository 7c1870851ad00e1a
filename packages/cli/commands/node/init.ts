import { DECIDE_DIGEST, DECIDE_VERSION } from '@ward/charts';
import { ROLES } from '@ward/ledger/schema';
import { toHex, word } from '@ward/protocol';
import { foundNetwork } from '@ward/sdk';
import { saveNetworkFile } from '@ward/sdk/node';
import { defineCommand } from '../../frame/define-command.ts';
import { many, oneOf, optional, origin, text } from '../../frame/parameters.ts';
import { makeOrganisation } from '../../servers/make-organisation.ts';
import { checkHomeIsFree, ORIGIN_DEFAULT } from '../../servers/new-node.ts';
import { serverHome } from '../../servers/start-server.ts';

const CHAIN_DEFAULT = 'ward-1';
const TRUSTING_PERIOD_SECONDS = 30 * 86_400;

export const nodeInitCommand = defineCommand({
  name: 'init',
  summary: 'Found a network of your own: an organisation, its genesis and its node',
  details:
    'For one clinic on one machine, or the first member of a network; others join with ward org ' +
    'create and ward org admit. As long as one organisation runs ledger, vault and custodian, ' +
    'Ward gives encryption and a log that kept headers hold to account, and no more: who runs ' +
    'all of it could show two histories to two people.',
  owner: 'nobody',
  options: {
    name: optional(text('TEXT', 'what the organisation is called')),
    role: many(oneOf(ROLES, 'ROLE', 'what it is, beside registrar')),
    chain: optional(text('TEXT', 'name of the chain'), CHAIN_DEFAULT),
    origin: optional(origin('how others reach the node'), ORIGIN_DEFAULT),
  },
  examples: ['ward --home clinic node init --name "Village clinic" --role provider'],
  async run({ options }, session) {
    const { home, ask, platform } = session;
    const { crypto, clock, random } = platform;
    checkHomeIsFree(home);
    const { chain = CHAIN_DEFAULT, origin: at = ORIGIN_DEFAULT } = options;
    const name = options.name ?? (await ask.text('What is it called?', word('--name')));
    const application = await makeOrganisation({
      ...{ home, name, platform, custodian: null },
      roles: [...new Set(['registrar' as const, ...options.role])],
      endpoints: { node: at, vault: null, custodian: null, inbox: null },
    });
    const seeds = { serviceSeed: random.bytes(32), validatorSeed: random.bytes(32) };
    const publicOf = (seed: Uint8Array) => crypto.ed25519.keyPair(seed).publicKey;
    const networkFile = foundNetwork(
      {
        ...{ chain, nodes: [at], trustingPeriodSeconds: TRUSTING_PERIOD_SECONDS },
        time: Math.floor(clock.nowMs() / 1000),
        founders: [{ application, serviceKeys: [publicOf(seeds.serviceSeed)] }],
        validators: [publicOf(seeds.validatorSeed)],
        parameters: { decideVersion: DECIDE_VERSION, decideDigest: DECIDE_DIGEST },
      },
      crypto,
    );
    const { genesis } = networkFile;
    const nodeHome = serverHome(session, 'node');
    const { nodeInit } = await import('@ward/node');
    await nodeInit(
      { organisation: application.account, genesis, ...seeds, peering: null },
      nodeHome,
      crypto,
    );
    saveNetworkFile(home, networkFile);
    const network = toHex(networkFile.network);
    const account = toHex(application.account);
    return {
      json: { home, network, chain, account, name, origin: at },
      show: (screen) => {
        screen.line(`The network is founded, and ${name} is its first member.`, 'good');
        screen.facts([
          ['network', network],
          ['account', account],
          ['network file', `${home}/network.json`],
        ]);
        screen.line();
        screen.line(`Next: ward --home ${home} node start --listen HOST:PORT`);
      },
    };
  },
});
