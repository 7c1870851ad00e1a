import { word } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { runServer, SERVER_OPTIONS } from '@ward/server';
import { createCustodian } from './create-custodian.ts';
import { loadCustodianHome } from './home/custodian-home.ts';

const OPTIONS = { home: { help: 'Folder of the custodian' }, ...SERVER_OPTIONS };
const NAME = { process: word('custodian'), command: word('ward-custodian') };

await runServer(NAME, OPTIONS, async ({ values: { home }, listen, ops, tools }) => {
  const own = await loadCustodianHome(home);
  const crypto = await loadCrypto();
  return createCustodian({
    ...{ ...tools, ...own, home, crypto, listen, ops },
    keyPair: crypto.ed25519.keyPair(own.serviceSeed),
    receiptKey: crypto.ed25519.keyPair(own.receiptSeed),
    connect: httpTransport,
    random: systemRandom,
  });
});
