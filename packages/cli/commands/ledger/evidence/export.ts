import { LedgerEvidence, word } from '@ward/protocol';
import { refuse } from '../../../errors.ts';
import { describeEvidence, evidenceOf } from '../../../frame/alarm.ts';
import { defineCommand } from '../../../frame/define-command.ts';
import { jsonText, writeNewFile } from '../../../frame/files.ts';
import { optional, path, text } from '../../../frame/parameters.ts';

const NAME_LETTERS_MIN = 4;

export const evidenceExport = defineCommand({
  name: 'export',
  summary: 'Write evidence against the ledger into a file, for others to check',
  details:
    'It holds block headers and signatures, nothing about any patient. Others check it with ward ' +
    'ledger evidence check: a fork proves to everybody who believes the block before it that ' +
    'validators signed two histories; a split view to those who know the witness.',
  owner: 'nobody',
  args: { file: path('FILE', 'file to write; there must be none of this name') },
  options: { name: optional(text('NAME', 'which one, by its first letters; else the first')) },
  examples: ['ward ledger evidence export evidence.json'],
  async run({ args: { file }, options: { name = '' } }, { home, platform }) {
    if (name !== '' && name.length < NAME_LETTERS_MIN) {
      throw refuse('ID_TOO_SHORT', { kind: word('evidence'), min: NAME_LETTERS_MIN });
    }
    const all = evidenceOf(home, platform).flatMap(({ kept }) => kept);
    const [found] = all.filter((each) => each.name.startsWith(name) && each.evidence !== undefined);
    if (found?.evidence === undefined) throw refuse('ID_UNKNOWN', { kind: word('evidence') });
    writeNewFile(file, jsonText(LedgerEvidence, found.evidence));
    const seen = describeEvidence(found);
    return {
      json: { file, name: found.name, kind: found.evidence.shown.kind, seen },
      show: (screen) => {
        screen.line(`The evidence is in ${file}: ${seen}.`, 'good');
        screen.line('Others check it with ward ledger evidence check FILE.');
      },
    };
  },
});
