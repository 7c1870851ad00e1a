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
import { createCustodian } from './create-custodian.ts';
import { loadCustodianHome } from './home/custodian-home.ts';

const OPTIONS = { home: { help: 'Folder of the custodian' }, ...SERVER_OPTIONS };

const flags = process.argv.slice(2);
if (flags.includes('--help')) {
  process.stdout.write(`${helpText(word('ward-custodian'), OPTIONS)}\n`);
} else {
  await runProcess(word('custodian'), async (tools) => {
    const values = readOptions(OPTIONS, { flags, environment: process.env });
    const own = await loadCustodianHome(values.home);
    const crypto = await loadCrypto();
    return createCustodian({
      ...{ ...tools, ...own, home: values.home, crypto },
      keyPair: crypto.ed25519.keyPair(own.serviceSeed),
      receiptKey: crypto.ed25519.keyPair(own.receiptSeed),
      connect: httpTransport,
      random: systemRandom,
      listen: readListen(values),
      ops: parseListen(values['ops-listen']),
    });
  });
}
