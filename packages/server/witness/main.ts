import { word } from '@ward/protocol';
import { loadCrypto } from '@ward/protocol/crypto';
import { httpTransport } from '@ward/protocol/http-transport';
import { runServer } from '../process/run-server.ts';
import { createWitness } from './create-witness.ts';
import { loadWitnessHome } from './witness-home.ts';
import { WITNESS_OPTIONS } from './witness-options.ts';

const NAME = { process: word('witness'), command: word('ward-witness') };

await runServer(NAME, WITNESS_OPTIONS, async ({ values: { home }, listen, ops, tools }) => {
  const { seed, ...own } = await loadWitnessHome(home);
  const crypto = await loadCrypto();
  const keyPair = crypto.ed25519.keyPair(seed);
  return createWitness({
    ...{ ...tools, ...own, home, crypto, listen, ops, keyPair, connect: httpTransport },
  });
});
