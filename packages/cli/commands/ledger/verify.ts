import { ForkEvidence } from '@ward/protocol';
import { defineCommand } from '../../frame/define-command.ts';
import { jsonText, writeNewFile } from '../../frame/files.ts';
import { optional, path } from '../../frame/parameters.ts';
import { counted } from '../../show/times.ts';

export const ledgerVerify = defineCommand({
  name: 'verify',
  summary: 'Walk the whole chain: every header, transaction, signature and result',
  details:
    'From the first block, or the checkpoint of the network file, to the newest. Exit status 4 ' +
    'when anything does not verify. Two nodes that show two signed headers are a fork: with ' +
    '--evidence, what proves it to others is written.',
  owner: 'anyone',
  options: {
    evidence: optional(path('FILE', 'where evidence of a fork goes; there must be no such file')),
  },
  async run({ options: { evidence } }, { ward, progress, remark }) {
    const bar = progress('Verifying');
    const range = { from: 0, to: 0 };
    let transactions = 0;
    let applied = 0;
    const walk = ward.ledger.walk({ onStart: (known) => Object.assign(range, known) });
    try {
      for await (const { height, transactions: own } of walk) {
        transactions += own.length;
        applied += own.filter(({ verdict }) => verdict.kind === 'applied').length;
        bar.update({ done: height - range.from, total: range.to - range.from, unit: 'blocks' });
      }
    } finally {
      bar.end();
      saveFork(ward.ledger.fork(), { evidence, remark });
    }
    const refused = transactions - applied;
    const blocks = range.to - range.from + 1;
    return {
      json: { verified: true, ...range, blocks, transactions, applied, refused },
      show: (screen) => {
        screen.line(`${counted(blocks, 'block')} verified, ${range.from} to ${range.to}.`, 'good');
        screen.facts([
          ['transactions', `${transactions}`],
          ['applied', `${applied}`],
          ['refused', `${refused}`],
        ]);
      },
    };
  },
});

/** Evidence of a fork, if there was one, goes where the caller wants it. */
function saveFork(
  fork: ForkEvidence | undefined,
  { evidence, remark }: { evidence: string | undefined; remark: (text: string) => void },
): void {
  if (fork === undefined) return;
  const heights = fork.blocks.map(({ header }) => header.height).join(' and ');
  remark(`The ledger was forked after block ${fork.common.header.height}: see ${heights}.`);
  if (evidence === undefined) {
    remark('Run it again with --evidence FILE to keep the proof.');
    return;
  }
  writeNewFile(evidence, jsonText(ForkEvidence, fork));
  remark(`What proves it to others is in ${evidence}.`);
}
