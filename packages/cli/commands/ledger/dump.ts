import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { word } from '@ward/protocol';
import { refuse } from '../../errors.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { fileError } from '../../frame/files.ts';
import { optional, path } from '../../frame/parameters.ts';
import { counted, sizeText } from '../../show/times.ts';

export const ledgerDump = defineCommand({
  name: 'dump',
  summary: 'Write all that the ledger shows to anybody, verified, one JSON value a line',
  details:
    'Blocks, transactions with their raw bytes, then what stands at every key that a transaction ' +
    'wrote. Search it for whatever should not be there.',
  owner: 'anyone',
  options: { out: optional(path('FILE', 'file to write; there must be none of this name')) },
  examples: ['ward ledger dump --out ledger.ndjson'],
  async run({ options: { out } }, { ward, progress }) {
    if (out === undefined) throw refuse('FLAG_NEEDED', { flag: word('--out') });
    const bar = progress('Dumping');
    let to = 0;
    const counts = new Map<string, number>();
    const file = await openFile(out);
    try {
      for await (const line of ward.ledger.dump({ onStart: (range) => ({ to } = range) })) {
        const kind = `${line.kind}`;
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain');
        bar.update({ done: counts.get('block') ?? 0, total: to, unit: 'blocks' });
      }
      file.end();
      await once(file, 'finish');
    } catch (error) {
      throw fileError(error);
    } finally {
      file.destroy();
      bar.end();
    }
    const { bytesWritten: sizeBytes } = file;
    const blocks = counts.get('block') ?? 0;
    const transactions = counts.get('transaction') ?? 0;
    const keys = counts.get('state') ?? 0;
    return {
      json: { file: out, sizeBytes, blocks, transactions, keys },
      show: (screen) => {
        screen.line(`The ledger is in ${out} (${sizeText(sizeBytes)}).`, 'good');
        const what = [counted(blocks, 'block'), counted(transactions, 'transaction')];
        screen.line(`${[...what, counted(keys, 'state key')].join(', ')}, all verified`);
      },
    };
  },
});

async function openFile(path: string) {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  try {
    await once(file, 'open');
  } catch (error) {
    throw fileError(error);
  }
  return file;
}
