import { existsSync, writeFileSync } from 'node:fs';
import { NetworkFile, refuseNetwork } from '@ward/ledger/schema';
import { MS_PER_SECOND, toHex, word } from '@ward/protocol';
import {
  checkFounderTerms,
  FounderFile,
  type FounderKeys,
  type OrganisationWard,
  signFounder,
} from '@ward/sdk';
import { openOrganisation, saveNetworkFile } from '@ward/sdk/node';
import { defineCommand } from '../../frame/define-command.ts';
import { jsonText, loadJsonFile, onFiles } from '../../frame/files.ts';
import { homeOptions, onHome } from '../../frame/open-session.ts';
import { path } from '../../frame/parameters.ts';
import type { Session } from '../../frame/session.ts';
import { founderPath, isFounder } from '../../servers/founder-home.ts';
import { checkHomeIsFree, NEW_NODE_OPTIONS, newNodeTerms } from '../../servers/new-node.ts';
import { serverHome } from '../../servers/start-server.ts';

export const networkFound = defineCommand({
  name: 'found',
  summary: 'Say who begins a network with others, before the ledger of a clinic is promoted',
  details:
    'Makes all keys here, those of a node too, and a founder file: public, signed by each key in ' +
    'it, and good for 30 days. Send it to the organisation whose ledger is promoted; ask for its ' +
    'network.json first. Behind the promotion ward network join finishes this home. Again in the ' +
    'same home it writes a new file with the same keys.',
  owner: 'nobody',
  args: { network: path('FILE', 'network.json of the ledger that is going to be promoted') },
  options: NEW_NODE_OPTIONS,
  examples: ['ward --home lab network found network.json --name "Laboratory" --role laboratory'],
  async run({ args, options }, session) {
    const { home, ask, platform } = session;
    const { crypto, clock } = platform;
    const isAgain = isFounder(home);
    if (!isAgain) checkHomeIsFree(home);
    const networkFile = loadJsonFile(args.network, NetworkFile);
    const { network, genesis } = networkFile;
    if (genesis.governance !== null) throw refuseNetwork('GOVERNED_BY_MEMBERS');
    const name = isAgain
      ? undefined
      : (options.name ?? (await ask.text('What is it called?', word('--name'))));
    const { roles, endpoints, origin, address } = newNodeTerms(options);
    checkFounderTerms({ roles, address });
    const now = Math.floor(clock.nowMs() / MS_PER_SECOND);
    onFiles(() => saveNetworkFile(home, networkFile));
    const { ward, close } = await onHome(() => openOrganisation(homeOptions(session), name));
    const application = ward.network.application({ roles, endpoints, custodian: null });
    const keys = await founderKeys(ward, session);
    close();
    const place = { network, predecessor: genesis.chain, now };
    const file = signFounder(keys, { ...place, application, address }, crypto);
    const out = founderPath(home);
    onFiles(() => writeFileSync(out, jsonText(FounderFile, file)));
    const account = toHex(application.account);
    const validatorKey = toHex(keys.validator.publicKey);
    const said = { name: application.name, roles, origin, peer: address };
    return {
      json: { home, network: toHex(network), account, validatorKey, ...said, founder: out },
      show: (screen) => {
        screen.line(`${application.name} is ready to found.`, 'good');
        screen.facts([
          ['network', toHex(network)],
          ['account', account],
          ['founder file', out],
        ]);
        screen.line();
        screen.line('Next: send the founder file to who promotes the ledger, and behind that');
        screen.line(`      ward --home ${home} network join INVITATION --first-state FOLDER`);
      },
    };
  },
});

/** Keys of the key service, and those of the node: made here, and kept until there is a genesis. */
async function founderKeys(ward: OrganisationWard, session: Session): Promise<FounderKeys> {
  const { crypto, random } = session.platform;
  const { loadNodeKeys, saveNodeKeys } = await import('@ward/node');
  const nodeHome = serverHome(session, 'node');
  if (!existsSync(founderPath(session.home))) {
    const [validatorSeed, serviceSeed] = [random.bytes(32), random.bytes(32)];
    await saveNodeKeys({ validatorSeed, serviceSeed, nodeSeed: random.bytes(32) }, nodeHome);
  }
  const { validatorSeed, serviceSeed, nodeSeed } = await loadNodeKeys(nodeHome);
  const pair = (seed: Uint8Array) => crypto.ed25519.keyPair(seed);
  return {
    ...{ service: ward.keys.serviceKey, officer: ward.keys.officerKey },
    ...{ node: pair(serviceSeed), validator: pair(validatorSeed), peer: pair(nodeSeed) },
  };
}
