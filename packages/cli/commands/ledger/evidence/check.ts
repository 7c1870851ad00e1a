import { checkNetworkWitnesses } from '@ward/ledger/schema';
import { LedgerEvidence, type ProvedEvidence, toHex, verifyLedgerEvidence } from '@ward/protocol';
import { defineCommand } from '../../../frame/define-command.ts';
import { loadJsonFile } from '../../../frame/files.ts';
import { findNetworkFile } from '../../../frame/make-home.ts';
import { path } from '../../../frame/parameters.ts';
import { printable } from '../../../frame/printable.ts';
import { counted } from '../../../show/times.ts';

const CLOCK_DRIFT_SECONDS = 10;

export const evidenceCheck = defineCommand({
  name: 'check',
  summary: 'Verify evidence that somebody gave you, without asking anybody',
  details:
    'Reads the network file and the file, and nothing else. A fork counts if you believe the ' +
    'block before it: compare its hash with one that you have from elsewhere (ward ledger root). ' +
    'A split view counts if the network file names the witness.',
  owner: 'nobody',
  args: { file: path('FILE', 'file that ward ledger evidence export has written') },
  examples: ['ward --network network.json ledger evidence check evidence.json'],
  async run({ args }, session) {
    const { crypto } = session.platform;
    const trust = { trustRoot: undefined, fromNode: [] };
    const file = await findNetworkFile(session, trust);
    const evidence = loadJsonFile(args.file, LedgerEvidence);
    const { network, genesis, trustingPeriodSeconds, witnesses } = file;
    const clockDriftSeconds = CLOCK_DRIFT_SECONDS;
    const rules = { chain: genesis.chain, trustingPeriodSeconds, clockDriftSeconds };
    const known = witnesses === null ? [] : checkNetworkWitnesses(witnesses, crypto);
    const proved = verifyLedgerEvidence(evidence, { network, rules, witnesses: known }, crypto);
    const hashes = proved.hashes.map(toHex);
    const { kind, height } = proved;
    return {
      json: { kind, height, hashes, ...whoCares(proved) },
      show: (screen) => {
        screen.line('It is proof: this ledger showed two faces.', 'bad');
        screen.facts([
          ['what', kind === 'fork' ? 'two signed blocks' : 'a witness saw another block'],
          ['height', `${height}`],
          ...hashes.map((hash, i) => [i === 0 ? 'one block' : 'the other', hash] as const),
          ...whoCaresText(proved),
        ]);
      },
    };
  },
});

/** For whom it counts. */
function whoCares(proved: ProvedEvidence) {
  if (proved.kind === 'split') return { witnesses: [...proved.witnesses] };
  const { common, doubleSigners } = proved;
  return { common: { height: common.height, hash: toHex(common.hash) }, doubleSigners };
}

function whoCaresText(proved: ProvedEvidence): (readonly [string, string])[] {
  if (proved.kind === 'split') return [['seen by', proved.witnesses.map(printable).join(', ')]];
  const { common, doubleSigners } = proved;
  return [
    ['counts if you believe', `block ${common.height}  ${toHex(common.hash)}`],
    ['signed both', counted(doubleSigners, 'validator')],
  ];
}
