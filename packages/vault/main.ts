import { word } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { runServer } from '@ward/server';
import { createVault } from './create-vault.ts';
import { loadVaultHome } from './home/vault-home.ts';
import { VAULT_OPTIONS } from './options.ts';

const NAME = { process: word('vault'), command: word('ward-vault') };

await runServer(NAME, VAULT_OPTIONS, async ({ values: { home }, listen, ops, tools }) => {
  const { organisation, networkFile, serviceSeed } = await loadVaultHome(home);
  const crypto = await loadCrypto();
  return createVault({
    ...{ ...tools, home, organisation, networkFile, crypto, listen, ops },
    keyPair: crypto.ed25519.keyPair(serviceSeed),
    connect: httpTransport,
    random: systemRandom,
  });
});
