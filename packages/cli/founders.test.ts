import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseHex } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { checkFounders, FounderFile } from '@ward/sdk';
import { loadNetworkFile } from '@ward/sdk/node';
import { ClientNetwork } from '@ward/testkit/client-network';
import { CommandStage } from '@ward/testkit/command-stage';
import { afterAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const network = await ClientNetwork.start(crypto, 10);
const stage = new CommandStage(network);
afterAll(async () => {
  await network.close();
  stage.close();
});

const { networkPath } = stage;
const at = (name: string) => stage.at(stage.path(name));
const found = (name: string, more = '') =>
  `network found ${networkPath} --name ${name} --role laboratory ${more}`;
const fileOf = (name: string) =>
  FounderFile.fromJson(JSON.parse(readFileSync(join(stage.path(name), 'founder.json'), 'utf8')));

describe('ward network found', () => {
  it('makes keys and a file that a promotion takes, again with the same keys', async () => {
    const { account } = await at('one').json<{ account: string }>(found('one'));
    const first = fileOf('one');
    const { network: id, genesis } = network.networkFile;
    const now = Math.floor(network.clock.nowMs() / 1000);
    const place = { network: id, predecessor: genesis.chain, now };
    const { founders } = checkFounders([first], place, crypto);
    expect(founders[0]!.application.account).toEqual(parseHex(account));
    expect(loadNetworkFile(stage.path('one'))).toEqual(network.networkFile);
    expect(existsSync(stage.path('one', 'node', 'node.json'))).toBe(false);
    await at('one').json(found('one', '--peer 10.0.0.1:26656'));
    const again = fileOf('one');
    expect(again.statement).toEqual({
      ...first.statement,
      time: again.statement.time,
      address: '10.0.0.1:26656',
    });
  });

  it('makes nothing of what no promotion would take', async () => {
    const refused = async (name: string, line: string) => {
      const code = await at(name).refusal(line);
      expect(existsSync(stage.path(name, 'keys'))).toBe(false);
      return code;
    };
    expect(await refused('two', found('two', '--peer nowhere'))).toBe('FOUNDER_ADDRESS 1');
    const regulator = `network found ${networkPath} --name two --role regulator`;
    expect(await refused('two', regulator)).toBe('RIGHT_MISSING 1');
    expect(await refused('two', 'network found nowhere.json --name two')).toBe('FILE_NOT_FOUND 1');
  });

  it('leaves homes of others alone, and is finished with what the promotion gave', async () => {
    await at('anna').json(`wallet create --name Anna --network ${networkPath}`);
    expect(await at('anna').refusal(found('anna'))).toBe('OWNER_HOME_TAKEN 1');
    await at('three').json(found('three'));
    const invitation = stage.path('invitation.json');
    const json = { networkFile: JSON.parse(readFileSync(networkPath, 'utf8')), peers: ['x@y:1'] };
    writeFileSync(invitation, JSON.stringify(json));
    const join = `network join ${invitation}`;
    expect(await at('three').refusal(join)).toBe('FLAG_NEEDED 2');
    const wrong = await at('three').refusal(`${join} --first-state ${stage.path('none')}`);
    expect(wrong).toBe('PROMOTION_DIFFERS 1');
    expect(existsSync(stage.path('three', 'node', 'node.json'))).toBe(false);
  });
});
