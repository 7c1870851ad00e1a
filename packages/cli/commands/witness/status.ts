import { getCosignedHead, getWitnessStatus } from '@ward/ledger/schema';
import {
  type Crypto,
  callEndpoint,
  hasCode,
  parseVerifierKey,
  type Transport,
  toHex,
  verifyCosignatures,
} from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { EXIT } from '../../frame/exit-codes.ts';
import { origin } from '../../frame/parameters.ts';
import { printable } from '../../frame/printable.ts';
import { isoTime } from '../../show/times.ts';

const NOTHING = { params: {}, query: {}, body: null };

export const witnessStatus = defineCommand({
  name: 'status',
  summary: 'What a witness says of itself, and what it cosigned last',
  details: 'Exit status 4 when it has evidence against the ledger, 3 when it cosigned nothing yet.',
  owner: 'nobody',
  args: { origin: origin('where the witness is') },
  examples: ['ward witness status https://watch.example.org'],
  async run({ args }, { platform: { transport, crypto } }) {
    const way = transport(args.origin);
    const { key, network, chain, alarm, software } = await callEndpoint(
      getWitnessStatus,
      NOTHING,
      way,
    );
    const head = await lastHead(way, key, crypto);
    const time = head === undefined ? undefined : isoTime(head.time);
    const exitCode = alarm ? EXIT.unverified : head === undefined ? EXIT.unreachable : EXIT.ok;
    return {
      json: {
        ...{ key, network: toHex(network), chain, alarm, software },
        head:
          head === undefined
            ? null
            : { height: head.checkpoint.height, hash: toHex(head.checkpoint.hash), time: time! },
      },
      exitCode,
      show: (screen) => {
        if (alarm) {
          screen.line('It holds evidence against the ledger, and cosigns nothing more.', 'bad');
        }
        screen.facts([
          ['verifier key', printable(key)],
          ['cosigned', head === undefined ? 'nothing yet' : `height ${head.checkpoint.height}`],
          ['hash', head === undefined ? undefined : toHex(head.checkpoint.hash)],
          ['at', time],
          ['network', toHex(network)],
          ['chain', printable(chain)],
          ['software', printable(software)],
        ]);
      },
    };
  },
});

/** The head under its own key; undefined before the first. */
async function lastHead(way: Transport, key: string, crypto: Crypto) {
  try {
    const { note } = await callEndpoint(getCosignedHead, NOTHING, way);
    return verifyCosignatures(note, [parseVerifierKey(key, crypto)], crypto)[0];
  } catch (error) {
    if (hasCode(error, 'WITNESS_QUORUM')) return undefined;
    throw error;
  }
}
