import { readFileSync, writeFileSync } from 'node:fs';
import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { type CommandOptions, CommandStage } from '@ward/testkit/command-stage';
import { afterAll, describe, expect, it } from 'vitest';

const crypto = await loadCrypto();
const network = await ClientNetwork.start(crypto, 7);
const stage = new CommandStage(network);
afterAll(async () => {
  await network.close();
  stage.close();
});

const anna = stage.path('anna');
const hospitalA = await stage.organisationHome('hospital-a');
const hospitalB = await stage.organisationHome('hospital-b');
const { networkPath } = stage;
const PASSPHRASE = { WARD_PASSPHRASE: 'six words that nobody can guess' };

const ward = (line: string, home: string, options: CommandOptions = {}) =>
  stage.run(
    line.match(/"[^"]*"|\S+/g)!.map((each) => each.replaceAll('"', '')),
    { ...options, home },
  );
const json = <T>(line: string, home: string, options: CommandOptions = {}) =>
  stage.json<T>(
    line.match(/"[^"]*"|\S+/g)!.map((each) => each.replaceAll('"', '')),
    {
      ...options,
      home,
    },
  );

describe('a patient and two hospitals', () => {
  it('makes a wallet', async () => {
    const made = await ward(`wallet create --network ${networkPath} --name Anna`, anna);
    expect(made.errors).toBe('');
    console.log(made.output);
  });
});
