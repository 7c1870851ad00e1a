import { word } from '@ward/protocol';
import { loadCrypto, systemRandom } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { runServer } from '@ward/server';
import { createCustodian } from './create-custodian.ts';
import { loadCustodianHome } from './home/custodian-home.ts';
import { CUSTODIAN_OPTIONS } from './options.ts';

const NAME = { process: word('custodian'), command: word('ward-custodian') };

await runServer(NAME, CUSTODIAN_OPTIONS, async ({ values: { home }, listen, ops, tools }) => {
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
