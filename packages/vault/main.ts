import { word } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import {
  helpText,
  parseListen,
  readListen,
  readOptions,
  runProcess,
  SERVER_OPTIONS,
} from '@ward/server';
import { createVault } from './create-vault.ts';
import { loadVaultHome } from './home/vault-home.ts';

const OPTIONS = { home: { help: 'Folder of the vault' }, ...SERVER_OPTIONS };

const flags = process.argv.slice(2);
if (flags.includes('--help')) {
  process.stdout.write(`${helpText(word('ward-vault'), OPTIONS)}\n`);
} else {
  await runProcess(word('vault'), async (tools) => {
    const values = readOptions(OPTIONS, { flags, environment: process.env });
    const { organisation, networkFile, serviceSeed } = await loadVaultHome(values.home);
    const crypto = await loadCrypto();
    return createVault({
      ...{ ...tools, home: values.home, organisation, networkFile, crypto },
      keyPair: crypto.ed25519.keyPair(serviceSeed),
      connect: httpTransport,
      random: systemRandom,
      listen: readListen(values),
      ops: parseListen(values['ops-listen']),
    });
  });
}
