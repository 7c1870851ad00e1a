import { word } from '@ward/protocol';
import { refuse } from '../../errors.ts';
import { findCharts } from '../../find/find-chart.ts';
import { defineCommand } from '../../frame/define-command.ts';
import { EXIT } from '../../frame/exit-codes.ts';
import { optional, path, text } from '../../frame/parameters.ts';
import { exportAll } from '../../input/export-all.ts';
import { ExportFolder } from '../../input/export-folder.ts';
import { ExportLines } from '../../input/export-lines.ts';
import { counted } from '../../show/times.ts';

export const recordExport = defineCommand({
  name: 'export',
  summary: 'Write the originals of all records, byte for byte as they were received',
  details:
    'Into a folder, one file for each record; or FHIR alone as NDJSON, one resource a line. What ' +
    'stands there already with the same bytes is left.',
  owner: 'person',
  args: { chart: optional(text('CHART', 'kind or id of the chart; all where left out')) },
  options: {
    to: optional(path('FOLDER', 'folder to write into')),
    ndjson: optional(path('FILE', 'file to write FHIR resources into')),
  },
  examples: [
    'ward record export --to originals/',
    'ward record export general --ndjson all.ndjson',
  ],
  async run({ args, options }, { ward, progress }) {
    const { to, ndjson } = options;
    if (to !== undefined && ndjson !== undefined) {
      throw refuse('FLAGS_CONFLICT', { flag: word('--to'), other: word('--ndjson') });
    }
    const place = to ?? ndjson;
    if (place === undefined) throw refuse('FLAG_NEEDED', { flag: word('--to') });
    const sink = to === undefined ? new ExportLines(place) : new ExportFolder(place);
    const done = await exportAll(findCharts(args.chart, ward), { ward, sink, progress });
    const json = { ...done, place };
    return {
      json,
      exitCode: done.broken.length > 0 ? EXIT.unverified : EXIT.ok,
      show: (screen) => {
        screen.line(`${counted(done.records, 'record')} written into ${place}.`, 'good');
        if (done.leftOut > 0) {
          const left = counted(done.leftOut, 'record');
          screen.line(`${left} left out, being no FHIR; --to FOLDER takes all.`, 'warning');
        }
        for (const { unit, code } of done.broken) {
          screen.line(`Unit ${unit} could not be opened: ${code}`, 'bad');
        }
      },
    };
  },
});
