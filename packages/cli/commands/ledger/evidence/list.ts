import { describeEvidence, evidenceOf } from '../../../frame/alarm.ts';
import { defineCommand } from '../../../frame/define-command.ts';
import { EXIT } from '../../../frame/exit-codes.ts';

export const evidenceList = defineCommand({
  name: 'list',
  summary: 'What this home and its servers keep against the ledger',
  details: 'Exit status 4 where there is anything.',
  owner: 'nobody',
  async run(_, { home, platform }) {
    const rows = evidenceOf(home, platform).flatMap(({ keeper, kept }) =>
      kept.map((each) => ({ keeper, each, kind: each.evidence?.shown.kind ?? 'damaged' })),
    );
    return {
      json: {
        evidence: rows.map(({ keeper, each, kind }) => ({
          ...{ name: each.name, keeper, kind, seen: describeEvidence(each) },
        })),
      },
      exitCode: rows.length === 0 ? EXIT.ok : EXIT.unverified,
      show: (screen) =>
        screen.table(
          [{ title: 'name' }, { title: 'kept by' }, { title: 'what was seen' }],
          rows.map(({ keeper, each }) => [
            each.name.slice(0, 12),
            keeper,
            screen.cell('bad', describeEvidence(each)),
          ]),
          'Nothing: the ledger never contradicted itself here.',
        ),
    };
  },
});
