import { loadCrypto } from '@ward/protocol/crypto';
import { ClientNetwork } from '@ward/testkit/client-network';
import { CommandStage } from '@ward/testkit/command-stage';
import { afterAll, describe, expect, it } from 'vitest';

const network = await ClientNetwork.start(await loadCrypto(), 7);
const stage = new CommandStage(network);
afterAll(async () => {
  await network.close();
  stage.close();
});

describe('a patient and two hospitals', () => {
  it('begin with a wallet that has no charts', async () => {
    const home = stage.path('anna');
    const create = ['wallet', 'create', '--network', stage.networkPath, '--name', 'Anna'];
    const made = await stage.run(create, { home });
    expect(made.errors).toBe('');
    expect(made.output).toContain('The wallet is made.');
  });
});
