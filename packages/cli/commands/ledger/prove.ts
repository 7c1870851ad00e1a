import { headerHash, type Json, toHex } from '@ward/protocol';
import { parseStateKey } from '../../find/state-key.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { text } from '../../frame/parameters.ts';
import { isoTime } from '../../show/times.ts';

export const ledgerProve = defineCommand({
  name: 'prove',
  summary: 'What stands at a key of the state, or that nothing does, with its proof',
  details:
    'KEY is organisation:ID, account:ID, slot:HEX, directory, parameters, or a raw key in ' +
    'hexadecimal; where members govern also rules, consensus, agenda, release, validators, ' +
    'supply, proposal:NUMBER, validator:ID and stake:ID. With --output json the proof is ' +
    'printed, for anybody to check by docs/protocol.md.',
  owner: 'anyone',
  args: { key: text('KEY', 'what is to be proved') },
  examples: ['ward ledger prove directory', 'ward ledger prove organisation:0f3a… --output json'],
  async run({ args }, { ward }) {
    const { key, format } = parseStateKey(args.key);
    const state = await ward.ledger.prove([key]);
    const bytes = state.bytes(key);
    const record: Json =
      bytes === null || format === undefined ? null : format.toJson(format.decode(bytes));
    const { proof } = state.claims[0]!;
    const { crypto } = ward.connection.realm;
    const hash = toHex(headerHash(state.header, crypto));
    return {
      json: {
        ...{
          key: toHex(key),
          present: bytes !== null,
          value: bytes === null ? null : toHex(bytes),
        },
        ...{ record, height: state.height, appHash: toHex(state.header.appHash), header: hash },
        proof: proofJson(proof),
      },
      show: (screen) => {
        screen.facts([
          ['key', toHex(key)],
          ['proved', bytes === null ? 'nothing stands there' : 'it stands there', 'good'],
          ['state of height', `${state.height}`],
          ['under header', `${state.header.height}  ${hash}`],
          ['time', isoTime(state.time)],
        ]);
        if (bytes === null) return;
        screen.line();
        screen.line(format === undefined ? toHex(bytes) : JSON.stringify(record, null, 2));
      },
    };
  },
});

/** Any proof: bytes in hexadecimal, the rest as it is. */
function proofJson(value: unknown): Json {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(proofJson);
  if (typeof value !== 'object' || value === null) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, proofJson(part)]));
}
